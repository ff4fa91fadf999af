"""Nodes leave, or are taken out; clusters end."""

from collections.abc import Sequence

from cluster.quorum import Operation, expected
from cluster.spec import Cluster, Phase, Role
from workflows.plan import Guard, Step
from workflows.retry import Retry
from workflows.steps.words import counted
from workflows.writes import DropNode, Forget, SetPhase

SILENCE_SECONDS = 90.0
"""How long a kubelet that has died may take to be silent for long enough: twice 45 s."""


def leave_one_by_one(cluster: Cluster, hosts: Sequence[str], *, seed: str) -> list[Step]:
    """Take nodes out, one after the other; control plane nodes are guarded."""
    steps = []
    for host in hosts:
        is_member = cluster.nodes[host].role is Role.CONTROL_PLANE
        guard = Guard(Operation.LEAVE, (host,), cluster.control_plane) if is_member else None
        cluster = cluster.without(host)
        step = Step(
            "leave_cluster",
            f"Take {host} out of cluster {cluster.name}",
            (host, seed),
            {"seed": seed, "host": host},
            quorum=expected(len(cluster.control_plane)),
            guard=guard,
            retry=Retry(attempts=3, base_seconds=5),
            writes=(DropNode(host),),
        )
        steps.append(step)
    return steps


def remove_dead_node(cluster: Cluster, host: str, *, seed: str) -> Step:
    """Take a node out whose host is dead, without asking the host."""
    is_member = cluster.nodes[host].role is Role.CONTROL_PLANE
    left = cluster.without(host)
    return Step(
        "remove_dead_node",
        f"Take {host}, which is dead, out of cluster {cluster.name}",
        (host, seed),
        {"seed": seed, "host": host},
        quorum=expected(len(left.control_plane)),
        guard=Guard(Operation.REMOVE, (host,), left.control_plane) if is_member else None,
        writes=(DropNode(host),),
        patience=SILENCE_SECONDS,
    )


def remove_lost(
    cluster: Cluster, hosts: Sequence[str], *, seed: str, members: Sequence[str]
) -> Step:
    """Take hosts that are lost for good, and had begun to join, out of a cluster again.

    ``members`` are those of them that were to be control plane nodes.
    """
    return Step(
        "remove_lost",
        f"See that {counted(hosts)} {'is' if len(hosts) == 1 else 'are'} out of cluster "
        f"{cluster.name}",
        (*hosts, seed),
        {"seed": seed, "hosts": list(hosts)},
        quorum=expected(len(cluster.control_plane)),
        guard=Guard(Operation.REMOVE, tuple(members), cluster.control_plane) if members else None,
        retry=Retry(attempts=3, base_seconds=5),
    )


def begin_destroying(cluster: Cluster) -> Step:
    """Let the record say that the cluster is being destroyed, before a node goes."""
    title = f"Note that cluster {cluster.name} is being destroyed"
    return Step("begin_destroying", title, (), {}, writes=(SetPhase(Phase.DESTROYING),))


def forget_cluster(cluster: Cluster) -> Step:
    """Take a cluster's record away, and touch no host."""
    title = f"Forget cluster {cluster.name}"
    return Step("forget_cluster", title, (), {}, writes=(Forget(),))
