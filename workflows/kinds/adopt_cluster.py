"""``adopt-cluster``: take over a cluster that is there, as it is."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates

from cluster.findings import Finding
from cluster.jumps import lost_ways
from cluster.meanings import FreeHosts
from cluster.names import longest
from cluster.spec import Cluster, Environment, Node, Role
from workflows import steps
from workflows.cluster_rules import addresses
from workflows.kinds.create_cluster import MOST_NODES
from workflows.plan import Draft, Kind, Needs, Scope


class AdoptClusterSchema(Schema):
    """What an ``adopt-cluster`` request says."""

    hosts = FreeHosts(
        required=True,
        validate=[
            validate.Length(min=1, error="cannot adopt a cluster without a host: name all of them"),
            longest(MOST_NODES, "hosts"),
        ],
        metadata={
            "description": "The hosts of all nodes of the cluster, whatever their roles: those are "
            "found"
        },
    )
    environment = fields.Enum(
        Environment,
        by_value=True,
        load_default=Environment.DEV,
        metadata={"description": "What the cluster is for; sets how strict the findings are"},
    )

    @validates("hosts")
    def _names_once(self, hosts: list[str], **_: Any) -> None:
        twice = {
            place: [f"cannot name {host} twice"]
            for place, host in enumerate(hosts)
            if host in hosts[:place]
        }
        if twice:
            raise ValidationError(twice)


def plan(params: Mapping[str, Any], scope: Scope) -> Draft:
    """Look whether the hosts are all the nodes of one cluster, then mark and record them."""
    hosts = tuple(params["hosts"])
    return Draft(
        (steps.find_cluster(scope.name, hosts), steps.adopt_hosts(scope.name, hosts)),
        (*lost_ways(hosts, scope.hosts), *_addresses(hosts, scope)),
        founds=params["environment"],
        reserves=hosts,
        looks_first=False,
    )


def _addresses(hosts: tuple[str, ...], scope: Scope) -> Iterator[Finding]:
    """Nodes are recognised by their addresses, so each host needs one of its own."""
    nodes = {host: Node(host, Role.CONTROL_PLANE, "") for host in hosts}
    for found in addresses(Cluster(scope.name, Environment.DEV, nodes), scope.hosts):
        field = (found.field or "").replace("/control_plane/", "/hosts/")
        yield replace(found, field=field)


KIND = Kind(
    name="adopt-cluster",
    summary="Take over a cluster that is there, and change nothing of it but our mark",
    schema=AdoptClusterSchema,
    plan=plan,
    needs=Needs.NEW,
    example={"environment": "prod", "hosts": ["n1"]},
    given={"prod": {"control_plane": ["n1"]}},
    is_forgotten=True,
)
