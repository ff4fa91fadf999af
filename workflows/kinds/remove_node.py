"""``remove-node``: take a node out of its cluster, alive or dead, and free its host."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from cluster.jumps import lost_ways
from cluster.meanings import NodeName
from cluster.spec import Cluster
from workflows import steps
from workflows.closing import between
from workflows.plan import Draft, Kind, Scope, Step
from workflows.removal_rules import dead_removal, live_removal
from workflows.turn_rules import seed_for


class RemoveNodeSchema(Schema):
    """What a ``remove-node`` request says."""

    node = NodeName(required=True, metadata={"description": "The node that is to leave"})
    force = fields.Boolean(
        load_default=False,
        metadata={
            "description": "The node is dead and never comes back: take it out without asking its "
            "host, which is free then and keeps what is on it"
        },
    )


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Move its pods off, have it leave, and free its host; a dead one is struck off by another."""
    cluster, host = scope.there, params["node"]
    if params["force"]:
        findings = tuple(dead_removal(cluster, host, scope.hosts))
        story = _dead
    else:
        findings = tuple(live_removal(cluster, host))
        story = _live
    if cluster.control_plane == (host,):
        return Draft(findings=findings)
    left = cluster.without(host)
    ways = lost_ways(tuple(left.nodes if params["force"] else cluster.nodes), scope.hosts)
    return Draft(tuple(story(cluster, host, seed_for(cluster, [host]))), (*findings, *ways))


def _live(cluster: Cluster, host: str, seed: str) -> Iterator[Step]:
    left = cluster.without(host)
    yield steps.verify_quorum(cluster, "Verify quorum and nodes", workers=cluster.workers)
    yield from between(
        steps.cordon_node(cluster, host, seed=seed),
        [
            steps.drain_node(cluster, host, seed=seed),
            *steps.leave_one_by_one(cluster, [host], seed=seed),
        ],
        steps.uncordon_node(left, host, seed=seed, title=f"Uncordon {host} if it is a node still"),
    )
    yield _agreed(cluster, left)
    yield steps.free_hosts([host], cluster=left)


def _dead(cluster: Cluster, host: str, seed: str) -> Iterator[Step]:
    yield steps.remove_dead_node(cluster, host, seed=seed)
    yield _agreed(cluster, cluster.without(host))


def _agreed(cluster: Cluster, left: Cluster) -> Step:
    """See that the rest is in order; where a member went, dqlite hands out roles anew."""
    settled = cluster.control_plane != left.control_plane
    return steps.verify_quorum(
        left, "Verify quorum and nodes", workers=left.workers, settled=settled
    )


KIND = Kind(
    name="remove-node",
    summary="Take a node out of a cluster, alive or dead, and free its host",
    schema=RemoveNodeSchema,
    plan=plan,
    is_final=True,
    example={"node": "n2"},
    given={"prod": {"control_plane": ["n1"], "workers": ["n2"]}},
)
