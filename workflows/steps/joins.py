"""Hosts become nodes."""

from collections.abc import Sequence

from cluster.quorum import Operation, expected
from cluster.spec import Cluster, Node
from workflows.plan import Guard, Step
from workflows.steps.words import counted
from workflows.writes import SetNode

SETTLE_SECONDS = 300.0
"""How long nodes that joined may take to be Ready and dqlite to settle; slow hosts take minutes."""


def join_control_plane_one_by_one(cluster: Cluster, joiners: Sequence[Node]) -> list[Step]:
    """Join control plane nodes: each when the one before is a member, and guarded."""
    steps = []
    total = len(cluster.control_plane) + len(joiners)
    for joiner in joiners:
        members = len(cluster.control_plane) + 1
        step = Step(
            "join_control_plane",
            f"Join {joiner.host} as control plane node {members} of {total}",
            (joiner.host,),
            {"seed": cluster.seed, "host": joiner.host, "expected_members": members},
            quorum=expected(members),
            guard=Guard(Operation.JOIN, (joiner.host,), cluster.control_plane),
            writes=(SetNode(joiner),),
            patience=SETTLE_SECONDS,
        )
        steps.append(step)
        cluster = cluster.plus(joiner)
    return steps


def join_workers(cluster: Cluster, joiners: Sequence[Node]) -> Step:
    """Join workers, all at once: they have no vote."""
    hosts = [node.host for node in joiners]
    return Step(
        "join_workers",
        f"Join {counted(hosts)} as worker{'s' if len(hosts) > 1 else ''}",
        tuple(hosts),
        {"seed": cluster.seed, "hosts": hosts},
        quorum=expected(len(cluster.control_plane)),
        writes=tuple(map(SetNode, joiners)),
        patience=SETTLE_SECONDS,
    )
