"""``destroy-cluster``: take a cluster apart, workers first, and free its hosts."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from cluster.findings import Finding, Severity
from cluster.meanings import ClusterName
from cluster.spec import Cluster, Phase
from workflows import steps
from workflows.access import Permission
from workflows.cluster_rules import all_alive
from workflows.plan import Draft, Kind, Needs, Scope, Step


class DestroyClusterSchema(Schema):
    """What a ``destroy-cluster`` request says."""

    confirm = ClusterName(
        required=True,
        metadata={"description": "The cluster's name once more: this cannot be undone"},
    )
    forget = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Take only the record away, and ask no host: for a cluster whose hosts "
            "are gone for good"
        },
    )


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Take the nodes out, the leader last, then remove MicroK8s and what prepared the hosts."""
    cluster = scope.there
    if params["forget"]:
        return Draft((steps.forget_cluster(cluster),), tuple(_kept(cluster)), looks_first=False)
    return Draft(tuple(_steps(cluster, scope.remains)), tuple(all_alive(cluster)))


def _steps(cluster: Cluster, remains: tuple[str, ...]) -> Iterator[Step]:
    """Yield the steps; ``remains`` are hosts of nodes that an earlier job has taken out."""
    if cluster.phase is not Phase.DESTROYING:
        yield steps.begin_destroying(cluster)
    last = _leader(cluster)
    others = [host for host in reversed(cluster.control_plane) if host != last]
    yield from steps.leave_one_by_one(cluster, [*cluster.workers, *others], seed=last)
    yield steps.free_cluster((*cluster.nodes, *remains))


def _leader(cluster: Cluster) -> str:
    """Return the node that goes last: the datastore's leader, or the first that joined."""
    leader = cluster.observation.leader() if cluster.observation else None
    if leader is None or leader.host not in cluster.control_plane:
        return cluster.seed
    return leader.host


def _kept(cluster: Cluster) -> Iterator[Finding]:
    yield Finding(
        "hosts-kept",
        Severity.WARN,
        f"MicroK8s stays on whichever of {', '.join(cluster.nodes)} still runs, and a host with it "
        "is refused by later changes",
        "leave forget out if the hosts can be reached",
        field="/params/forget",
    )


KIND = Kind(
    name="destroy-cluster",
    summary="Take a cluster apart and free its hosts, or forget one whose hosts are gone",
    schema=DestroyClusterSchema,
    plan=plan,
    needs=Needs.EXISTING,
    is_final=True,
    fits_remains=True,
    permission=Permission.DESTROY,
    example={"confirm": "prod"},
    given={"prod": {"control_plane": ["n1", "n2", "n3"], "workers": ["n4"]}},
)
