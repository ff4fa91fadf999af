"""Addons are switched."""

from collections.abc import Sequence

from cluster.addon_names import argument, canonical
from cluster.quorum import expected
from cluster.spec import Cluster
from workflows.plan import Step
from workflows.writes import SetAddons


def probe_addresses(cluster: Cluster, addons: Sequence[str]) -> list[Step]:
    """See that nobody has the addresses that MetalLB is to give away; nothing without such.

    Those that the cluster's own MetalLB gives away by now are not asked for: it answers for them.
    """
    ranges = next((argument(addon) for addon in addons if canonical(addon) == "metallb"), "")
    if not ranges:
        return []
    own = next((argument(addon) for addon in cluster.addons if canonical(addon) == "metallb"), "")
    args = {"host": cluster.seed, "ranges": ranges, "own": own, "accept": []}
    return [Step("probe_addresses", f"See that nobody has {ranges}", (cluster.seed,), args)]


def disable_addons(cluster: Cluster, addons: Sequence[str]) -> Step:
    """Disable addons, each named with the argument that it was enabled with."""
    names = [canonical(addon) for addon in addons]
    return Step(
        "disable_addons",
        f"Disable {', '.join(names)}",
        (cluster.seed,),
        {"seed": cluster.seed, "addons": list(addons), "hosts": list(cluster.nodes)},
        quorum=expected(len(cluster.control_plane)),
        writes=(SetAddons(others(cluster.addons, addons)),),
    )


def enable_addons(cluster: Cluster, addons: Sequence[str]) -> Step:
    """Enable addons, one after the other."""
    return Step(
        "enable_addons",
        f"Enable {', '.join(addon.split(':')[0] for addon in addons)}",
        (cluster.seed,),
        {"seed": cluster.seed, "addons": list(addons), "hosts": list(cluster.nodes)},
        quorum=expected(len(cluster.control_plane)),
        writes=(SetAddons((*others(cluster.addons, addons), *addons)),),
    )


def others(addons: Sequence[str], named: Sequence[str]) -> tuple[str, ...]:
    """Return the addons that are none of those that are named, whatever their arguments."""
    names = set(map(canonical, named))
    return tuple(addon for addon in addons if canonical(addon) not in names)
