"""What of a node's labels and taints, and of a cluster's addons, people asked for; pure.

Kubernetes, MicroK8s and controllers put others there by themselves; no record tells of those.
"""

from collections.abc import Iterable, Mapping

from cluster.addon_names import COMMUNITY, CORE, FROM_THE_BEGINNING

SET_BY_ITSELF = frozenset(
    {
        "kubernetes.io/arch",
        "kubernetes.io/hostname",
        "kubernetes.io/os",
        "microk8s.io/cluster",
        "node.kubernetes.io/microk8s-controlplane",
        "node.kubernetes.io/microk8s-worker",
    }
)
"""Labels that the kubelet and MicroK8s give a node."""
SET_BY_CONTROLLERS = (
    "beta.kubernetes.io/",
    "feature.node.kubernetes.io/",
    "nvidia.com/",
)
"""How labels begin that a controller keeps; set by hand, they would be set back."""
STATES = "node.kubernetes.io/"
"""How taints begin by which Kubernetes tells a node's state, such as that it is cordoned."""


def own_labels(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels that somebody asked for."""
    return {
        key: value
        for key, value in sorted(labels.items())
        if key not in SET_BY_ITSELF and not key.startswith(SET_BY_CONTROLLERS)
    }


def own_taints(taints: Iterable[str]) -> tuple[str, ...]:
    """Return the taints, ``key=value:Effect``, that somebody asked for."""
    return tuple(taint for taint in taints if not taint.startswith(STATES))


def own_addons(shown: Iterable[str]) -> tuple[str, ...]:
    """Return the addons that somebody enabled, of ``repository/name``, as a change names them.

    The repository is named only where the name alone would mean another addon, or none.
    """
    found = []
    for repository, _, name in (row.partition("/") for row in sorted(shown)):
        if repository == "core" and name in FROM_THE_BEGINNING:
            continue
        is_plain = repository == "core" or (repository == "community" and name in COMMUNITY - CORE)
        found.append(name if is_plain else f"{repository}/{name}")
    return tuple(found)
