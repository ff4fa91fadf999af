"""``create-cluster``: form a cluster out of hosts that belong to none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from cluster.addon_names import each_once
from cluster.jumps import lost_ways
from cluster.meanings import FreeHosts
from cluster.names import (
    Addon,
    Channel,
    Labels,
    by_host,
    longest,
    taints_field,
)
from cluster.spec import (
    DEDICATED_TAINT,
    ZONE_LABEL,
    Cluster,
    Environment,
    Host,
    Node,
    Phase,
    Role,
    Topology,
)
from workflows import steps
from workflows.addon_rules import named_addons
from workflows.cluster_rules import addresses, advice, shape
from workflows.metallb_rules import lent_addresses
from workflows.plan import Draft, Kind, Needs, Scope, Step
from workflows.writes import founded

MOST_CONTROL_PLANE, MOST_WORKERS, MOST_ADDONS = 7, 200, 50
"""Three voters, three stand-bys and a spare; what is beyond is no cluster of MicroK8s."""
MOST_NODES = MOST_CONTROL_PLANE + MOST_WORKERS


@dataclass(frozen=True, slots=True)
class CreateCluster:
    """The params of a ``create-cluster`` change."""

    control_plane: tuple[str, ...]
    channel: str
    environment: Environment
    topology: Topology
    workers: tuple[str, ...] = ()
    addons: tuple[str, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    taints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def nodes(self) -> tuple[str, ...]:
        return self.control_plane + self.workers

    @property
    def roles(self) -> dict[str, Role]:
        """What each host is to be, by name."""
        return dict.fromkeys(self.control_plane, Role.CONTROL_PLANE) | dict.fromkeys(
            self.workers, Role.WORKER
        )


class CreateClusterSchema(Schema):
    """What a ``create-cluster`` request says."""

    control_plane = FreeHosts(
        required=True,
        validate=[
            validate.Length(
                min=1, error="cannot form a cluster without a control plane node: name 1 or 3 hosts"
            ),
            longest(MOST_CONTROL_PLANE, "control plane nodes"),
        ],
        metadata={"description": "Hosts that run the API and the datastore; the first is the seed"},
    )
    workers = FreeHosts(
        load_default=list,
        validate=longest(MOST_WORKERS, "workers"),
        metadata={"description": "Hosts that run workloads only"},
    )
    channel = Channel(
        load_default="1.32/stable", metadata={"description": "The snap channel of MicroK8s"}
    )
    environment = fields.Enum(
        Environment,
        by_value=True,
        load_default=Environment.DEV,
        metadata={"description": "What the cluster is for; sets how strict the findings are"},
    )
    topology = fields.Enum(
        Topology,
        by_value=True,
        metadata={"description": "Derived from the number of control plane nodes when left out"},
    )
    addons = fields.List(
        Addon(),
        load_default=list,
        validate=[longest(MOST_ADDONS, "addons"), each_once],
        metadata={"description": "Addons to enable, in this order"},
    )
    labels = by_host(Labels(), "Labels, by node", most=MOST_NODES, what="nodes' labels")
    taints = by_host(taints_field(), "Taints, by node", most=MOST_NODES, what="nodes' taints")

    @validates_schema
    def _names_once(self, data: dict[str, Any], **_: Any) -> None:
        seen: set[str] = set()
        errors: dict[str, Any] = {}
        for name in ("control_plane", "workers"):
            for place, host in enumerate(data.get(name, ())):
                if host in seen:
                    text = f"cannot name {host} twice: a host has one role in one cluster"
                    errors.setdefault(name, {})[place] = [text]
                seen.add(host)
        for name in ("labels", "taints", "addresses", "host_keys"):  # the last two of a file
            for host in set(data.get(name, ())) - seen:
                text = f"cannot use {host}: it is not among control_plane and workers"
                errors.setdefault(name, {})[host] = [text]
        if errors:
            raise ValidationError(errors)

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> CreateCluster:
        many = len(data["control_plane"]) > 1
        return CreateCluster(
            control_plane=tuple(data["control_plane"]),
            workers=tuple(data["workers"]),
            channel=data["channel"],
            environment=data["environment"],
            topology=data.get("topology", Topology.HA if many else Topology.SINGLE),
            addons=tuple(data["addons"]),
            labels=data["labels"],
            taints={host: tuple(taints) for host, taints in data["taints"].items()},
        )


def plan(params: CreateCluster, scope: Scope) -> Draft:
    """Prepare and install everywhere, join one by one, verify after each, then label and enable."""
    wanted = _wanted(params, scope)
    findings = (
        *lost_ways(params.nodes, scope.hosts),
        *shape(wanted, params.topology),
        *addresses(wanted, scope.hosts),
        *advice(wanted, params.topology, scope.hosts),
        *named_addons(params.addons, wanted, "/params/addons"),
        *lent_addresses(params.addons, wanted, scope, "/params/addons"),
    )
    story = tuple(_steps(params, scope))
    return Draft(
        story, findings, founds=params.environment, reserves=params.nodes, looks_first=False
    )


def _wanted(params: CreateCluster, scope: Scope) -> Cluster:
    """Return the cluster as it is meant to be before it is labelled."""
    nodes = {host: Node(host, role, params.channel) for host, role in params.roles.items()}
    return Cluster(scope.name, params.environment, nodes)


def _steps(params: CreateCluster, scope: Scope) -> Iterator[Step]:
    """Tell the whole story, in order, with the quorum expected after each step."""
    full = _wanted(params, scope)
    seed, *joiners = (full.nodes[host] for host in params.control_plane)
    workers = [full.nodes[host] for host in params.workers]
    start = founded(scope.name, params.environment).plus(seed)
    yield steps.preflight(params.roles, params.environment, params.channel)
    yield from steps.probe_addresses(full, params.addons)
    yield steps.prepare_hosts(params.roles)
    yield steps.install_microk8s(params.nodes, params.channel, seed=seed)
    yield from steps.join_control_plane_one_by_one(start, joiners)
    control = start.plus(*joiners)
    if joiners and (workers or params.addons):
        yield steps.verify_quorum(control, "Verify the quorum before workloads come")
    if workers:
        yield steps.join_workers(control, workers)
    labels, taints = _labels(params, scope.hosts), _taints(params)
    marked = [
        replace(node, labels=labels.get(host, {}), taints=tuple(taints.get(host, ())))
        for host, node in full.nodes.items()
    ]
    yield from steps.label_nodes(full, marked)
    if params.addons:
        yield steps.enable_addons(full, params.addons)
    yield steps.verify_quorum(
        full, "Verify quorum and nodes", workers=params.workers, phase=Phase.FORMED
    )


def _labels(params: CreateCluster, hosts: Mapping[str, Host]) -> dict[str, dict[str, str]]:
    """A host's zone and own labels, then those of the request, which win."""
    found: dict[str, dict[str, str]] = {}
    for name in params.nodes:
        host = hosts.get(name)
        labels: dict[str, str] = {}
        if host and host.zone:
            labels[ZONE_LABEL] = host.zone
        labels |= dict(host.labels) if host else {}
        labels |= dict(params.labels.get(name, {}))
        if labels:
            found[name] = labels
    return found


def _taints(params: CreateCluster) -> dict[str, list[str]]:
    found = {name: list(taints) for name, taints in params.taints.items() if taints}
    if params.topology is Topology.SEPARATED:
        for name in params.control_plane:
            found[name] = [DEDICATED_TAINT, *found.get(name, [])]
    return found


KIND = Kind(
    name="create-cluster",
    summary="Form a cluster out of hosts that belong to none",
    schema=CreateClusterSchema,
    plan=plan,
    needs=Needs.NEW,
    example={
        "topology": "ha",
        "environment": "prod",
        "control_plane": ["n1", "n2", "n3"],
        "workers": ["n4"],
        "channel": "1.32/stable",
        "addons": ["metrics-server"],
    },
)
