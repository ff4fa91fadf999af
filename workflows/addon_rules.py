"""What may be said of addons before a host is asked: their names, and what else needs them."""

from collections.abc import Iterator, Sequence

from cluster.addon_names import NEEDS, canonical, is_known, is_of_community, nearest
from cluster.findings import Finding, Severity, warning
from cluster.spec import Cluster


def named_addons(addons: Sequence[str], cluster: Cluster, field: str) -> Iterator[Finding]:
    """Addons that are to be enabled: MicroK8s' own repositories must have each, as far as known."""
    there = [*map(canonical, cluster.addons)]
    for place, addon in enumerate(addons):
        yield from unknown_addon(addon, f"{field}/{place}")
        before = [*there, *map(canonical, addons[:place])]
        if is_known(addon) and is_of_community(addon) and "community" not in before:
            yield warning(
                "addon-of-community",
                f"addon {_name(addon)} is in the community's repository, which is not enabled "
                "before it",
                "name the addon community before it",
                field=f"{field}/{place}",
            )
    if len(cluster.nodes) > 1 and "hostpath-storage" in map(canonical, addons):
        yield warning(
            "hostpath-on-many-nodes",
            "addon hostpath-storage keeps a volume on one node; pods that move lose it",
            "use replicated storage for what matters",
            field=field,
        )


def unknown_addon(addon: str, field: str) -> Iterator[Finding]:
    """An addon that no MicroK8s has comes from another repository, or is misspelt."""
    if not is_known(addon):
        meant = nearest(addon)
        yield warning(
            "addon-unknown",
            f"addon {_name(addon)} is not among those that MicroK8s comes with",
            f"did you mean {meant}?" if meant else "correct the name, or leave it out",
            field=field,
        )


def needed_addons(disabled: Sequence[str], left: Sequence[str], field: str) -> Iterator[Finding]:
    """Addons that are to be disabled, and that the cluster or ``left`` addons cannot do without."""
    for place, addon in enumerate(disabled):
        name, pointer = canonical(addon), f"{field}/{place}"
        yield from unknown_addon(addon, pointer)
        if name == "ha-cluster":
            yield _needed(
                "addon ha-cluster is the datastore and the network of the nodes: without it each "
                "of them would be a cluster of its own",
                "leave it enabled; destroy-cluster takes a cluster apart",
                pointer,
                acceptable=False,
            )
            continue
        needing = [_name(other) for other in left if name in NEEDS.get(canonical(other), ())]
        if needing:
            yield _needed(
                f"addon {name} is needed by {', '.join(needing)}, which would stay enabled",
                f"disable {', '.join(needing)} as well, or accept addon-needed",
                pointer,
                acceptable=True,
            )
        elif name == "dns":
            yield _needed(
                "addon dns answers for the names of services: pods do not find each other "
                "without it",
                "leave it enabled; if something else answers, accept addon-needed",
                pointer,
                acceptable=True,
            )


def changed_arguments(addons: Sequence[str], field: str) -> Iterator[Finding]:
    """Addons that are enabled with another argument: MicroK8s changes none, so they go between."""
    for addon in addons:
        name = canonical(addon)
        yield warning(
            "addon-argument-changes",
            f"addon {name} is or may be enabled otherwise ({addon}), and MicroK8s changes no "
            "argument of an addon: it is disabled, then enabled anew",
            f"do it when what {name} serves may stand still for some minutes",
            field=field,
        )


def _name(addon: str) -> str:
    return addon.partition(":")[0]


def _needed(message: str, advice: str, field: str, *, acceptable: bool) -> Finding:
    return Finding("addon-needed", Severity.REFUSE, message, advice, acceptable, field=field)
