"""Hosts, nodes and clusters as plain data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from cluster.observation import Observation

DEDICATED_TAINT = "node-role.kubernetes.io/control-plane=:NoSchedule"
"""What keeps workloads off a control plane node."""
ZONE_LABEL = "topology.kubernetes.io/zone"
"""What Kubernetes spreads workloads by."""


class Role(StrEnum):
    """What a node does in its cluster."""

    CONTROL_PLANE = "control-plane"
    WORKER = "worker"


class Topology(StrEnum):
    """The three shapes of a cluster."""

    SINGLE = "single"  # one control plane node, for development
    HA = "ha"  # three control plane nodes or more, which also run workloads
    SEPARATED = "separated"  # dedicated, tainted control plane nodes, and workers


class Environment(StrEnum):
    """What a cluster is for; sets how strict the findings are."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


@dataclass(frozen=True, slots=True)
class Host:
    """A machine that can be reached by SSH, clustered or not."""

    name: str
    address: str
    """The address that SSH connects to."""
    host_key: str
    """The pinned SSH host key, ``type base64``."""
    port: int = 22
    user: str = "root"
    ssh_key: str = "default"
    """The name of a key file in the keys folder; never the key."""
    node_address: str = ""
    """The address that other nodes use; the same as ``address`` when empty."""
    jump: str = ""
    """The host whose SSH server connects onward to this one; empty when it is reached directly."""
    site: str = "default"
    zone: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    cluster: str = ""
    """The cluster that the host belongs to or is reserved for; empty when it is free."""
    reserved_by: str = ""
    """The job that has reserved it; empty when it is free, or a node."""

    def as_dict(self) -> dict[str, Any]:
        """Return the host as people and programs read it."""
        return asdict(self) | {"node_address": self.node_address or self.address}


class Phase(StrEnum):
    """Where a cluster's life stands."""

    FORMING = "forming"  # a job makes it
    FORMED = "formed"
    DESTROYING = "destroying"  # a job takes it apart, or began to and rests


@dataclass(frozen=True, slots=True)
class Node:
    """What one node of a cluster is meant to be."""

    host: str
    role: Role
    channel: str
    labels: Mapping[str, str] = field(default_factory=dict)
    """Those that somebody asked for; Kubernetes has more."""
    taints: tuple[str, ...] = ()
    """``key=value:Effect``, as kubectl writes them."""

    @property
    def is_dedicated(self) -> bool:
        """Whether it is a control plane node that keeps workloads off."""
        return self.role is Role.CONTROL_PLANE and DEDICATED_TAINT in self.taints

    def as_dict(self) -> dict[str, Any]:
        return {
            "role": str(self.role),
            "channel": self.channel,
            "labels": dict(self.labels),
            "taints": list(self.taints),
        }

    @classmethod
    def from_dict(cls, host: str, row: Mapping[str, Any]) -> "Node":
        return cls(host, Role(row["role"]), row["channel"], row["labels"], tuple(row["taints"]))


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a cluster is meant to be, and how it was last seen."""

    name: str
    environment: Environment
    nodes: Mapping[str, Node] = field(default_factory=dict)
    """By host, in the order in which they came."""
    addons: tuple[str, ...] = ()
    phase: Phase = Phase.FORMED
    coming: Mapping[str, Node] = field(default_factory=dict)
    """What hosts that a job has reserved are to become."""
    revision: int = 0
    """Counts every write of the record, also those of an earlier cluster of this name."""
    made_by: str = ""
    """The job that made the record, and alone may take it back."""
    marked_at: float = field(default=0.0, compare=False)
    """When a node was last written into the record, as Unix time; 0 when that is not known."""
    addons_at: float = field(default=0.0, compare=False)
    """When its addons were last written into the record, as Unix time; 0 when that is not known."""
    observation: Observation | None = None
    backed_up_at: float | None = None
    """When the newest backup was taken that was read to its end, as Unix time; ``None``: never."""

    @property
    def observed_at(self) -> float | None:
        """When it was last seen, as Unix time."""
        return self.observation.at if self.observation else None

    @property
    def whole(self) -> dict[str, Node]:
        """The nodes with those that are coming, as the cluster is drawn."""
        return {
            **self.nodes,
            **{name: node for name, node in self.coming.items() if name not in self.nodes},
        }

    @property
    def control_plane(self) -> tuple[str, ...]:
        return of_role(self.nodes, Role.CONTROL_PLANE)

    @property
    def workers(self) -> tuple[str, ...]:
        return of_role(self.nodes, Role.WORKER)

    @property
    def formed(self) -> bool:
        return self.phase is Phase.FORMED

    @property
    def topology(self) -> Topology:
        """The shape that the nodes give it, those that are coming among them."""
        control_plane = [node for node in self.whole.values() if node.role is Role.CONTROL_PLANE]
        if control_plane and all(node.is_dedicated for node in control_plane):
            return Topology.SEPARATED
        return Topology.HA if len(control_plane) > 1 else Topology.SINGLE

    @property
    def channel(self) -> str:
        """The channel of the first control plane node; during an upgrade others differ."""
        nodes = sorted(self.whole.values(), key=lambda node: node.role is Role.WORKER)
        return nodes[0].channel if nodes else ""

    @property
    def seed(self) -> str:
        """The control plane node that others join through."""
        return self.control_plane[0]

    def plus(self, *nodes: Node) -> "Cluster":
        """Return the cluster with these nodes, or with these values of nodes that it has."""
        more = {node.host: node for node in nodes}
        coming = {host: node for host, node in self.coming.items() if host not in more}
        return replace(self, nodes={**self.nodes, **more}, coming=coming)

    def without(self, host: str) -> "Cluster":
        """Return the cluster without a node."""
        rest = {name: node for name, node in self.nodes.items() if name != host}
        return replace(self, nodes=rest)


def of_role(nodes: Mapping[str, Node], role: Role) -> tuple[str, ...]:
    """Return the hosts of the nodes that have a role, in their order."""
    return tuple(name for name, node in nodes.items() if node.role is role)
