"""``add-nodes``: free hosts become nodes of a cluster, control plane nodes one by one."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from marshmallow import Schema, ValidationError, validates_schema

from cluster.jumps import lost_ways
from cluster.meanings import FreeHosts
from cluster.names import longest
from cluster.spec import ZONE_LABEL, Cluster, Host, Node, Role
from workflows import steps
from workflows.addition_rules import nodes_already
from workflows.cluster_rules import addresses, advice, all_alive
from workflows.metallb_rules import nodes_given_away
from workflows.plan import Draft, Kind, Scope, Step

MOST_CONTROL_PLANE, MOST_WORKERS = 7, 200


class AddNodesSchema(Schema):
    """What an ``add-nodes`` request says."""

    control_plane = FreeHosts(
        load_default=list,
        validate=longest(MOST_CONTROL_PLANE, "control plane nodes"),
        metadata={"description": "Free hosts that are to run the API and the datastore too"},
    )
    workers = FreeHosts(
        load_default=list,
        validate=longest(MOST_WORKERS, "workers"),
        metadata={"description": "Free hosts that are to run workloads only"},
    )

    @validates_schema
    def _names_each_once(self, data: dict[str, Any], **_: Any) -> None:
        names = [*data.get("control_plane", ()), *data.get("workers", ())]
        if not names:
            raise ValidationError("cannot add nobody: name control_plane or workers")
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValidationError(
                f"cannot add {', '.join(twice)} twice: a host has one role in one cluster"
            )


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Check, prepare and install the new hosts, then join them and see that all is well."""
    cluster = scope.there
    roles = (("control_plane", Role.CONTROL_PLANE), ("workers", Role.WORKER))
    asked = {host: role for name, role in roles for host in params[name]}
    new = [
        _node(host, role, cluster, scope.hosts)
        for host, role in asked.items()
        if host not in cluster.nodes
    ]
    already = tuple(nodes_already(asked, cluster))
    if not new:
        return Draft(findings=already)
    wanted = cluster.plus(*new)
    names = tuple(node.host for node in new)
    findings = (
        *already,
        *all_alive(cluster),
        *lost_ways(names, scope.hosts),
        *addresses(wanted, scope.hosts),
        *advice(wanted, wanted.topology, scope.hosts),
        *nodes_given_away(names, cluster, scope),
    )
    return Draft(tuple(_steps(cluster, new)), findings, reserves=names)


def _node(host: str, role: Role, cluster: Cluster, hosts: Mapping[str, Host]) -> Node:
    """Return what a host is to become, with the labels that the inventory has for it."""
    known = hosts.get(host)
    zone = {ZONE_LABEL: known.zone} if known and known.zone else {}
    labels = zone | (dict(known.labels) if known else {})
    return Node(host, role, cluster.channel, labels)


def _steps(cluster: Cluster, new: list[Node]) -> Iterator[Step]:
    bare = [replace(node, labels={}) for node in new]
    joiners = [node for node in bare if node.role is Role.CONTROL_PLANE]
    workers = [node for node in bare if node.role is Role.WORKER]
    hosts = [node.host for node in new]
    grown = cluster.plus(*bare)
    roles = {host: node.role for host, node in grown.nodes.items()}
    yield steps.preflight(roles, cluster.environment, cluster.channel, members=cluster.nodes)
    yield steps.prepare_hosts(roles)
    yield steps.install_microk8s(hosts, cluster.channel)
    yield from steps.join_control_plane_one_by_one(cluster, joiners)
    if workers:
        yield steps.join_workers(cluster.plus(*joiners), workers)
    yield from steps.label_nodes(grown, new)
    yield steps.verify_quorum(grown, "Verify quorum and nodes", workers=grown.workers)


KIND = Kind(
    name="add-nodes",
    summary="Add free hosts to a cluster, as control plane nodes or workers",
    schema=AddNodesSchema,
    plan=plan,
    example={"control_plane": ["n2", "n3"], "workers": ["n4"]},
    given={"prod": {"control_plane": ["n1"]}},
)
