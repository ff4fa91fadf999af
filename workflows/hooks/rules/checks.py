"""What is wrong with a rule that reads well: its kind, its cluster, its params; pure."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from marshmallow import ValidationError, fields

from cluster.field_faults import flattened, unknown
from workflows.hooks.rules.rule_set import Rule, Sender
from workflows.hooks.rules.templates import asks_the_event
from workflows.kinds import KINDS
from workflows.planner import normalised

Faults = Iterator[tuple[str, str]]


def faults_of(rule: Rule, sender: Sender | None) -> Faults:
    """Yield the pointer within the rule and the sentence of each fault.

    ``sender`` is that of its source, where that can be used.
    """
    if sender:
        yield from _beyond(rule, sender)
    if rule.default_cluster and not asks_the_event(rule.change.cluster):
        yield "/defaults/cluster", "cannot use this default: change.cluster asks no event; drop one"
    names = KINDS[rule.change.kind].schema().fields
    known = {field.data_key or name: field for name, field in names.items()}
    whole: dict[str, Any] = {}
    complete = True
    for base, params in (("/defaults", rule.default_params), ("/change", rule.change.params)):
        for name, value in params.items():
            pointer = f"{base}/params/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in known:
                yield pointer, unknown(name, list(known)) + f" (params of {rule.change.kind})"
                complete = False
            elif asks_the_event(value):
                complete &= name in rule.default_params
            else:
                whole[name] = value
                wrong = list(_value_faults(known[name], value, pointer))
                yield from wrong
                complete &= not wrong
    yield from _idle_defaults(rule)
    if complete:
        yield from _whole_faults(rule, whole)


def _beyond(rule: Rule, sender: Sender) -> Faults:
    """Yield what a rule asks for that its source may not."""
    kind, may = rule.change.kind, ", ".join(sorted(sender.kinds))
    if kind not in sender.kinds:
        yield (
            "/change/kind",
            f"cannot ask for {kind}: source {sender.name} may ask for {may}; add it to its kinds, "
            "or use another source",
        )
    for pointer, name in (
        ("/change/cluster", rule.change.cluster),
        ("/defaults/cluster", rule.default_cluster),
    ):
        if isinstance(name, str) and name and not fnmatchcase(name, sender.clusters):
            yield (
                pointer,
                f"cannot change cluster {name}: source {sender.name} may change {sender.clusters}; "
                "widen its clusters, or use another source",
            )


def _value_faults(field: fields.Field[Any], value: Any, pointer: str) -> Faults:
    """Yield what the kind finds wrong with a param that no event fills."""
    try:
        field.deserialize(value)
    except ValidationError as error:
        for inner, detail in flattened(error.messages):
            yield pointer + inner, detail


def _idle_defaults(rule: Rule) -> Faults:
    for name in rule.default_params:
        if not asks_the_event(rule.change.params.get(name)):
            yield (
                f"/defaults/params/{name.replace('~', '~0').replace('/', '~1')}",
                f"cannot use this default: change.params asks no event for {name}; write it there",
            )


def _whole_faults(rule: Rule, params: dict[str, Any]) -> Faults:
    """Yield what the kind finds wrong with all params together."""
    try:
        normalised(KINDS[rule.change.kind], params)
    except ValidationError as error:
        for inner, detail in flattened(error.messages):
            yield f"/change/params{inner}", detail
