"""``recover-quorum``: bring a cluster back whose datastore has lost most of its voters for good."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields, validate

from cluster.meanings import ClusterName, ControlPlaneName
from cluster.spec import Cluster
from workflows import steps
from workflows.access import Permission
from workflows.closing import between
from workflows.plan import Draft, Kind, Scope, Step
from workflows.recovery_rules import recovery

MOST_LOST = 50


class RecoverQuorumSchema(Schema):
    """What a ``recover-quorum`` request says."""

    lost = fields.List(
        ControlPlaneName(),
        required=True,
        validate=validate.Length(1, MOST_LOST),
        metadata={"description": "The control plane nodes that are gone for good"},
    )
    confirm = ClusterName(
        required=True,
        metadata={"description": "The cluster's name once more: this cannot be undone"},
    )
    dead_are_off = fields.Boolean(
        load_default=False,
        metadata={"description": "The lost ones are powered off or wiped, and never return"},
    )


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Stop the survivors, keep copies, and make them the whole membership, from the freshest."""
    cluster = scope.there
    lost = list(dict.fromkeys(params["lost"]))
    survivors = [host for host in cluster.control_plane if host not in lost]
    findings = tuple(recovery(cluster, lost, survivors, dead_are_off=params["dead_are_off"]))
    if not survivors or not set(lost) <= set(cluster.control_plane):
        return Draft(findings=findings)
    return Draft(tuple(_steps(cluster, lost, survivors)), findings)


def _steps(cluster: Cluster, lost: Sequence[str], survivors: Sequence[str]) -> Iterator[Step]:
    yield steps.confirm_loss(cluster, lost, survivors)
    yield from between(
        steps.stop_members(survivors),
        [
            steps.keep_backends(survivors),
            steps.choose_log(survivors),
            steps.reconfigure_datastore(survivors),
        ],
        steps.start_members(survivors),
    )
    seed = survivors[0]
    yield steps.await_leader(cluster, seed)
    for host in lost:
        yield steps.strike_off(cluster, host, seed=seed)
        cluster = cluster.without(host)
    yield steps.verify_quorum(
        cluster, "Verify quorum and nodes", workers=cluster.workers, settled=True
    )


KIND = Kind(
    name="recover-quorum",
    summary="Recover a datastore that has lost most of its voters for good",
    schema=RecoverQuorumSchema,
    plan=plan,
    is_final=True,
    permission=Permission.DESTROY,
    example={"lost": ["n2", "n3"], "confirm": "prod", "dead_are_off": True},
    given={"prod": {"control_plane": ["n1", "n2", "n3"]}},
    dead=("n2", "n3"),
)
