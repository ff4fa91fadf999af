"""Hosts, nodes and clusters as plain data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from cluster.quorum import DqliteRole, Member, Quorum, count


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

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"node_address": self.node_address or self.address}


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a cluster is meant to be, and how it was last seen."""

    name: str
    environment: Environment
    topology: Topology
    channel: str
    control_plane: tuple[str, ...]
    workers: tuple[str, ...] = ()
    formed: bool = False
    observation: Mapping[str, Any] | None = None
    observed_at: float | None = None

    @property
    def nodes(self) -> tuple[str, ...]:
        return self.control_plane + self.workers

    @property
    def seed(self) -> str:
        return self.control_plane[0]

    def role(self, host: str) -> Role:
        return Role.CONTROL_PLANE if host in self.control_plane else Role.WORKER

    def spec(self) -> dict[str, Any]:
        """Return what is stored of the cluster, apart from how it was seen."""
        return {
            "name": self.name,
            "environment": str(self.environment),
            "topology": str(self.topology),
            "channel": self.channel,
            "control_plane": list(self.control_plane),
            "workers": list(self.workers),
        }

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any], **seen: Any) -> "Cluster":
        return cls(
            name=spec["name"],
            environment=Environment(spec["environment"]),
            topology=Topology(spec["topology"]),
            channel=spec["channel"],
            control_plane=tuple(spec["control_plane"]),
            workers=tuple(spec["workers"]),
            **seen,
        )


def members_of(observation: Mapping[str, Any]) -> tuple[Member, ...]:
    """Return the datastore's members out of an observation."""
    return tuple(
        Member(row["host"] or row["address"], DqliteRole(row["role"]), bool(row["alive"]))
        for row in observation["members"]
    )


def has_leader(observation: Mapping[str, Any]) -> bool:
    """Say whether a leader told the members; an older observation only names it, or nobody."""
    return bool(observation.get("has_leader", observation.get("leader") != ""))


def quorum_of(observation: Mapping[str, Any]) -> Quorum:
    """Return how the members of an observation stand; without a leader there is no quorum."""
    return count(members_of(observation), has_leader=has_leader(observation))
