"""``replace-node``: a free host takes the place of a node whose host is dead."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from marshmallow import Schema

from cluster.meanings import FreeHost, NodeName
from cluster.spec import Cluster, Node, Role
from workflows import steps
from workflows.plan import Draft, Kind, Scope, Step
from workflows.replacement_rules import replaced, successor


class ReplaceNodeSchema(Schema):
    """What a ``replace-node`` request says."""

    node = NodeName(
        required=True,
        metadata={"description": "The node whose host is dead and never comes back"},
    )
    by = FreeHost(
        required=True,
        metadata={
            "description": "A free host that takes its place: it gets its role, labels and taints"
        },
    )


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Make the new host fit, strike the dead node off, and join the new one in its role."""
    cluster, dead, by = scope.there, params["node"], params["by"]
    findings = tuple(replaced(cluster, dead, by, scope))
    if by in cluster.nodes or cluster.control_plane == (dead,):
        return Draft(findings=findings)
    new = successor(cluster, dead, by, scope.hosts)
    return Draft(tuple(_steps(cluster, dead, new)), findings, reserves=(by,))


def _steps(cluster: Cluster, dead: str, new: Node) -> Iterator[Step]:
    """Make the new host fit first: that can be taken back, and the removal cannot."""
    # The removal comes before the join. With a dead voter among three no other can be missed, and
    # the guard lets nobody join while a listed member is down: a join that goes wrong then could
    # cost the quorum. Once the dead one is struck off, all that are listed answer.
    left = cluster.without(dead)
    bare = replace(new, labels={}, taints=())
    whole = left.plus(bare)
    roles = {new.host: new.role}
    yield steps.preflight(roles, cluster.environment, new.channel, members=left.nodes)
    yield steps.prepare_hosts(roles)
    yield steps.install_microk8s([new.host], new.channel)
    yield steps.remove_dead_node(cluster, dead, seed=left.seed)
    if new.role is Role.CONTROL_PLANE:
        yield from steps.join_control_plane_one_by_one(left, [bare])
    else:
        yield steps.join_workers(left, [bare])
    yield from steps.label_nodes(whole, [new])
    yield steps.verify_quorum(
        whole,
        "Verify quorum and nodes",
        workers=whole.workers,
        settled=new.role is Role.CONTROL_PLANE,
    )


KIND = Kind(
    name="replace-node",
    summary="Have a free host take the place of a node whose host is dead",
    schema=ReplaceNodeSchema,
    plan=plan,
    is_final=True,
    example={"node": "n3", "by": "n4"},
    given={"prod": {"control_plane": ["n1", "n2", "n3"]}},
    dead=("n3",),
)
