"""``set-addons``: enable addons, with their arguments, and disable others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from cluster.addon_drift import enabled_addons
from cluster.addon_names import FROM_THE_BEGINNING, argument, canonical
from cluster.names import Addon, AddonName, longest
from cluster.spec import Cluster
from workflows import steps
from workflows.addon_rules import changed_arguments, named_addons, needed_addons
from workflows.cluster_rules import all_alive
from workflows.metallb_rules import lent_addresses
from workflows.plan import Draft, Kind, Scope, Step
from workflows.writes import after

MOST_ADDONS = 50


class SetAddonsSchema(Schema):
    """What a ``set-addons`` request says."""

    enable = fields.List(
        Addon(),
        load_default=list,
        validate=longest(MOST_ADDONS, "addons"),
        metadata={"description": "Addons to enable, in this order, as `name` or `name:argument`"},
    )
    disable = fields.List(
        AddonName(),
        load_default=list,
        validate=longest(MOST_ADDONS, "addons"),
        metadata={"description": "Names of addons to disable, before any is enabled"},
    )

    @validates_schema
    def _names_each_once(self, data: dict[str, Any], **_: Any) -> None:
        names = [canonical(addon) for key in ("enable", "disable") for addon in data.get(key, ())]
        if not names:
            raise ValidationError("cannot set no addon: name enable or disable")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValidationError(
                f"cannot set {', '.join(twice)} twice: an addon is enabled, or it is disabled"
            )


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Disable first, then enable; what is recorded, and was seen, as it is wanted is left alone."""
    cluster = scope.there
    seen = cluster if scope.basis.behind else replace(cluster, addons=enabled_addons(cluster))
    recorded = {canonical(addon): addon for addon in cluster.addons}
    there = {canonical(addon): addon for addon in seen.addons}
    enabled = [
        addon
        for addon in params["enable"]
        if not (_is_as_wanted(addon, recorded) and _is_as_wanted(addon, there))
    ]
    known = recorded | there
    disabled = [known.get(canonical(name), name) for name in params["disable"]]
    changed = list(_changed(enabled, there))
    left = (*steps.others(cluster.addons, [*disabled, *enabled]), *enabled)
    findings = (
        *(all_alive(cluster) if enabled or disabled else ()),
        *needed_addons(disabled, left, "/params/disable"),
        *named_addons(params["enable"], cluster, "/params/enable"),
        *changed_arguments(changed, "/params/enable"),
        *lent_addresses(enabled, cluster, scope, "/params/enable"),
    )
    return Draft(tuple(_steps(cluster, seen, [*disabled, *changed], enabled)), findings)


def _is_as_wanted(addon: str, rows: Mapping[str, str]) -> bool:
    known = rows.get(canonical(addon))
    return known is not None and argument(known) == argument(addon)


def _changed(enabled: Sequence[str], there: Mapping[str, str]) -> Iterator[str]:
    """Return what is, or may be, enabled with another argument by now."""
    for addon in enabled:
        name = canonical(addon)
        if name in there:
            if not _is_as_wanted(addon, there):
                yield there[name]
        elif name in FROM_THE_BEGINNING and argument(addon):
            yield name


def _steps(
    cluster: Cluster, seen: Cluster, disabled: Sequence[str], enabled: Sequence[str]
) -> Iterator[Step]:
    yield from steps.probe_addresses(seen, enabled)
    left = cluster
    if disabled:
        step = steps.disable_addons(cluster, disabled)
        left = after(cluster, step.writes) or cluster
        yield step
    if enabled:
        yield steps.enable_addons(left, enabled)


KIND = Kind(
    name="set-addons",
    summary="Enable addons, with their arguments, and disable others",
    schema=SetAddonsSchema,
    plan=plan,
    example={"enable": ["metallb:10.79.0.200-10.79.0.209"], "disable": ["metrics-server"]},
    given={"prod": {"control_plane": ["n1"], "addons": ["metrics-server"]}},
)
