"""``create-cluster``: form a cluster out of hosts that belong to none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from cluster.jumps import lost_ways
from cluster.names import (
    DNS_LABEL,
    KEYS,
    Addon,
    Channel,
    HostName,
    Labels,
    at_most,
    longest,
    taints_field,
)
from cluster.quorum import Operation, expected
from cluster.spec import Cluster, Environment, Host, Role, Topology
from workflows.cluster_rules import addresses, advice, existence, shape
from workflows.plan import Change, Guard, Kind, Plan, Scope, Step
from workflows.retry import Retry

DEDICATED_TAINT = "node-role.kubernetes.io/control-plane=:NoSchedule"
POLICY = {
    Environment.DEV: "lab",
    Environment.STAGING: "standard",
    Environment.PROD: "production",
}
"""Which of preflight's profiles an environment is held to."""
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


class CreateClusterSchema(Schema):
    """What a ``create-cluster`` request says."""

    control_plane = fields.List(
        HostName(),
        required=True,
        validate=[
            validate.Length(
                min=1, error="cannot form a cluster without a control plane node: name 1 or 3 hosts"
            ),
            longest(MOST_CONTROL_PLANE, "control plane nodes"),
        ],
        metadata={"description": "Hosts that run the API and the datastore; the first is the seed"},
    )
    workers = fields.List(
        HostName(),
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
    addons = fields.List(Addon(), load_default=list, validate=longest(MOST_ADDONS, "addons"))
    labels = fields.Dict(
        keys=HostName(),
        values=Labels(),
        load_default=dict,
        validate=at_most(MOST_NODES, "nodes' labels"),
        metadata={"maxProperties": MOST_NODES, KEYS: {"pattern": f"^{DNS_LABEL.pattern}$"}},
    )
    taints = fields.Dict(
        keys=HostName(),
        values=taints_field(),
        load_default=dict,
        validate=at_most(MOST_NODES, "nodes' taints"),
        metadata={"maxProperties": MOST_NODES, KEYS: {"pattern": f"^{DNS_LABEL.pattern}$"}},
    )

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
        for name in ("labels", "taints"):
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


def plan(change: Change, scope: Scope) -> Plan:
    """Prepare and install everywhere, join one by one, verify after each, then label and enable."""
    params: CreateCluster = CreateClusterSchema().load(change.params)
    cluster = Cluster(
        name=scope.name,
        environment=params.environment,
        topology=params.topology,
        channel=params.channel,
        control_plane=params.control_plane,
        workers=params.workers,
    )
    findings = (
        *existence(cluster, scope),
        *lost_ways(cluster.nodes, scope.hosts),
        *shape(cluster, params.addons),
        *addresses(cluster, scope.hosts),
        *advice(cluster, params.addons, scope.hosts),
    )
    steps = tuple(_steps(params, scope.hosts, sorted(change.accept)))
    return Plan(change.kind, steps, findings, cluster, reserves=params.nodes)


def _steps(params: CreateCluster, hosts: Mapping[str, Host], accept: list[str]) -> Iterator[Step]:
    """Tell the whole story, in order, with the quorum expected after each step."""
    seed, *joiners = params.control_plane
    nodes = params.nodes
    roles = {
        name: str(Role.CONTROL_PLANE if name in params.control_plane else Role.WORKER)
        for name in nodes
    }
    full = expected(len(params.control_plane))
    yield Step(
        "preflight",
        f"Check {_hosts(nodes)}{' and the network between them' if len(nodes) > 1 else ''}",
        nodes,
        {
            "roles": roles,
            "policy": POLICY[params.environment],
            "accept": accept,
            "channel": params.channel,
        },
        retry=Retry(attempts=2),
    )
    yield Step(
        "prepare_hosts", f"Prepare {_hosts(nodes)}", nodes, {"hosts": list(nodes), "roles": roles}
    )
    yield Step(
        "install_microk8s",
        f"Install MicroK8s {params.channel} on {_hosts(nodes)}",
        nodes,
        {"hosts": list(nodes), "channel": params.channel},
        quorum=expected(1),
        retry=Retry(attempts=4, base_seconds=5),
    )
    for place, joiner in enumerate(joiners, start=1):
        yield Step(
            "join_control_plane",
            f"Join {joiner} as control plane node {place + 1} of {len(params.control_plane)}",
            (joiner,),
            {"seed": seed, "host": joiner, "expected_members": place + 1},
            quorum=expected(place + 1),
            guard=Guard(Operation.JOIN, joiner, params.control_plane[:place]),
        )
    more = bool(params.workers or params.addons)
    if joiners and more:
        yield _verify(params, (), "Verify the quorum before workloads come")
    if params.workers:
        yield Step(
            "join_workers",
            f"Join {_hosts(params.workers)} as worker{'s' if len(params.workers) > 1 else ''}",
            params.workers,
            {"seed": seed, "hosts": list(params.workers)},
            quorum=full,
        )
    labels, taints = _labels(params, hosts), _taints(params)
    if labels or taints:
        yield Step(
            "label_nodes",
            "Label and taint the nodes",
            tuple(name for name in nodes if name in labels or name in taints),
            {"seed": seed, "labels": labels, "taints": taints},
            quorum=full,
        )
    if params.addons:
        yield Step(
            "enable_addons",
            f"Enable {', '.join(addon.split(':')[0] for addon in params.addons)}",
            (seed,),
            {"seed": seed, "addons": list(params.addons), "hosts": list(nodes)},
            quorum=full,
        )
    yield _verify(params, params.workers, "Verify quorum and nodes")


def _verify(params: CreateCluster, workers: tuple[str, ...], title: str) -> Step:
    full = expected(len(params.control_plane))
    return Step(
        "verify_quorum",
        title,
        params.control_plane + workers,
        {
            "control_plane": list(params.control_plane),
            "workers": list(workers),
            "voters": full.voters,
        },
        quorum=full,
        retry=Retry(attempts=3, base_seconds=5),
    )


def _labels(params: CreateCluster, hosts: Mapping[str, Host]) -> dict[str, dict[str, str]]:
    """A host's zone and own labels, then those of the request, which win."""
    found: dict[str, dict[str, str]] = {}
    for name in params.nodes:
        host = hosts.get(name)
        labels: dict[str, str] = {}
        if host and host.zone:
            labels["topology.kubernetes.io/zone"] = host.zone
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


def _hosts(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{len(names)} hosts"


KIND = Kind(
    name="create-cluster",
    summary="Form a cluster out of hosts that belong to none",
    schema=CreateClusterSchema,
    plan=plan,
    example={
        "topology": "ha",
        "environment": "prod",
        "control_plane": ["n1", "n2", "n3"],
        "workers": ["n4"],
        "channel": "1.32/stable",
        "addons": ["metrics-server"],
    },
)
