"""How the addons that a cluster was seen with differ from those of its record; pure.

MicroK8s tells which addons are enabled, and not with what: of MetalLB alone can be seen which
addresses it gives away. What it enables by itself, or for another addon, no record has to have.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cluster.addon_names import NEEDS, argument, canonical, means
from cluster.address_ranges import BadRange, read_ranges
from cluster.findings import Finding, Severity
from cluster.own_marks import own_addons
from cluster.spec import Cluster


def seen_addons(cluster: Cluster) -> tuple[str, ...] | None:
    """Return the addons as they were last seen enabled, ``None`` where nothing is known of them.

    Nothing is where a job has written them into the record since.
    """
    seen = cluster.observation
    return seen.addons if seen is not None and seen.at > cluster.addons_at else None


def lost_addons(cluster: Cluster) -> tuple[str, ...]:
    """Return the recorded addons that were not seen enabled."""
    shown = seen_addons(cluster)
    if shown is None:
        return ()
    return tuple(addon for addon in cluster.addons if not any(means(addon, row) for row in shown))


def changed_addons(cluster: Cluster) -> dict[str, str]:
    """Return the recorded addons that were seen with another argument, each with how it was."""
    return {
        addon: told
        for addon in cluster.addons
        for row in seen_addons(cluster) or ()
        if means(addon, row) and (told := _as_named(addon, row)) != addon
    }


def stray_addons(cluster: Cluster) -> tuple[str, ...]:
    """Return the addons that were seen enabled, and that nobody asked for, as a change names them.

    Those that recorded ones enable before their own work are none.
    """
    return beyond(cluster.addons, seen_addons(cluster) or ())


def beyond(recorded: Sequence[str], shown: Sequence[str]) -> tuple[str, ...]:
    """Return the addons that are shown enabled, and that recorded ones do not account for."""
    known = {*map(canonical, recorded), *_needed(recorded)}
    with_what = {canonical(row): argument(row) for row in shown}
    found = {}
    for addon in own_addons(row.partition(":")[0] for row in shown):
        name = canonical(addon)
        if name not in known:
            found[name] = f"{addon}:{with_what[name]}" if with_what.get(name) else addon
    return tuple(found.values())


def enabled_addons(cluster: Cluster) -> tuple[str, ...]:
    """Return the addons that are enabled as far as is known, those that nobody asked for too."""
    lost, changed = lost_addons(cluster), changed_addons(cluster)
    kept = (changed.get(addon, addon) for addon in cluster.addons if addon not in lost)
    return (*kept, *stray_addons(cluster))


def addon_findings(cluster: Cluster) -> Iterator[Finding]:
    """Yield every difference between the addons that are recorded and those that were seen."""
    change = f"clusterwright change set-addons {cluster.name}"
    for addon in lost_addons(cluster):
        yield _differs(
            f"addon {canonical(addon)} is recorded, and MicroK8s does not show it enabled",
            f"{change} --enable {addon} enables it again; {change} --disable {canonical(addon)} "
            "takes it out of the record",
        )
    for addon, told in changed_addons(cluster).items():
        yield _differs(
            f"addon {canonical(addon)} gives away {argument(told)}, and {argument(addon)} is "
            "recorded",
            f"{change} --enable {addon} disables it and enables it as recorded; {change} --enable "
            f"{told} records what it gives away",
            measured=argument(told),
            needed=argument(addon),
        )
    for addon in stray_addons(cluster):
        yield _differs(
            f"addon {canonical(addon)} is enabled, and is not recorded",
            f"{change} --enable {addon} records it; {change} --disable {canonical(addon)} disables "
            "it",
        )


def with_addon_findings(cluster: Cluster) -> Cluster:
    """Return a cluster whose observation tells, too, how its addons differ from the record."""
    seen = cluster.observation
    found = tuple(addon_findings(cluster))
    if seen is None or not found:
        return cluster
    return replace(cluster, observation=replace(seen, findings=(*seen.findings, *found)))


def _as_named(addon: str, shown: str) -> str:
    """Return a recorded addon, with the argument that it was seen with where that is another.

    Where one of the two is not known nothing can be compared.
    """
    recorded, told = argument(addon), argument(shown)
    if not recorded or not told or _ranges(recorded) == _ranges(told):
        return addon
    return f"{addon.partition(':')[0]}:{told}"


def _ranges(text: str) -> object:
    """Return what can be compared of MetalLB's ranges, in whatever order and form they stand."""
    try:
        return frozenset(read_ranges(text))
    except BadRange:
        return frozenset(text.split(","))


def _needed(addons: Sequence[str]) -> set[str]:
    return {name for addon in addons for name in NEEDS.get(canonical(addon), ())}


def _differs(
    message: str, advice: str, *, measured: str | None = None, needed: str | None = None
) -> Finding:
    return Finding(
        "addon-differs", Severity.WARN, message, advice, measured=measured, needed=needed
    )
