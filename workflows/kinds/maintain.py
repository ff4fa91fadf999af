"""``maintain``: reboot the hosts of nodes, a few at a time, with their packages upgraded or not."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from cluster.findings import Finding
from cluster.meanings import NodeNames
from cluster.spec import Cluster
from workflows import steps
from workflows.cluster_rules import all_alive
from workflows.plan import Draft, Kind, Scope, Step
from workflows.turn_rules import api_away, at_once, emptied, in_turn, no_place, seed_for, verified

MOST_NODES = 1000


class MaintainSchema(Schema):
    """What a ``maintain`` request says."""

    nodes = NodeNames(
        load_default=None,
        allow_none=True,
        validate=validate.Length(min=1, max=MOST_NODES),
        metadata={"description": "The nodes whose hosts it is about; all of them if left out"},
    )
    reboot = fields.Boolean(
        load_default=True,
        metadata={"description": "Reboot each host, and wait until its node is at work again"},
    )
    packages = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Upgrade the packages of each host first (apt-get upgrade), a new "
            "kernel included; MicroK8s is none of them"
        },
    )
    max_unavailable = at_once("maintained")
    drain = fields.Boolean(
        load_default=True,
        metadata={
            "description": "Move the pods off a node first; left to false, they stay and stop with "
            "its host"
        },
    )

    @validates_schema
    def _asks_for_something(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("reboot") and not data.get("packages"):
            raise ValidationError(
                "cannot maintain nodes with nothing to do: leave reboot out, or say packages: true",
                "reboot",
            )


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """The control plane one by one, the leader last, then workers in batches."""
    cluster = scope.there
    hosts = params["nodes"] or tuple(cluster.nodes)
    drains = params["drain"] and len(cluster.nodes) > 1
    groups = tuple(in_turn(cluster, hosts, params["max_unavailable"]))
    story = _story(cluster, groups, params, drains)
    return Draft(tuple(story), tuple(_findings(cluster, groups, params, drains)))


def _story(
    cluster: Cluster, groups: Sequence[Sequence[str]], params: Mapping[str, Any], drains: bool
) -> Iterator[Step]:
    yield verified(cluster, "Verify quorum and nodes")
    for hosts in groups:
        seed = seed_for(cluster, hosts)
        work = [steps.upgrade_packages(cluster, hosts)] if params["packages"] else []
        if params["reboot"]:
            work.append(steps.reboot_hosts(cluster, hosts, seed=seed))
        yield from emptied(cluster, hosts, work, seed=seed) if drains else work
        yield verified(cluster, f"Verify quorum and nodes with {steps.counted(hosts)} maintained")


def _findings(
    cluster: Cluster, groups: Sequence[Sequence[str]], params: Mapping[str, Any], drains: bool
) -> Iterator[Finding]:
    yield from all_alive(cluster)
    if params["reboot"] and any(hosts[0] in cluster.control_plane for hosts in groups):
        yield from api_away(
            cluster,
            "a control plane node reboots",
            "choose an hour at which nobody needs the API, or add control plane nodes first",
            field="/params/reboot",
        )
    if drains:
        yield from no_place(cluster, groups, "maintained")


KIND = Kind(
    name="maintain",
    summary="Reboot the hosts of nodes, or upgrade their packages, a few nodes at a time",
    schema=MaintainSchema,
    plan=plan,
    example={"packages": True},
    given={"prod": {"control_plane": ["n1"], "workers": ["n2"]}},
)
