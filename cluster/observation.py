"""What was seen of a cluster at one moment: its datastore's members, its nodes, what is wrong."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cluster.certificates import SeenCertificate
from cluster.findings import Finding
from cluster.quorum import DEFAULT_DOMAIN, DqliteRole, Member, Quorum, count

SILENT_SECONDS = 45
"""How long nothing may be heard of a kubelet: it renews its lease every 10 s, and Kubernetes itself
waits for 40 s, if it looks at all."""


@dataclass(frozen=True, slots=True)
class SeenMember:
    """One entry of the datastore's member list, as it was seen."""

    host: str | None
    """The host behind the address; ``None`` when no host of the inventory has it."""
    address: str
    """Address and port of the datastore."""
    role: DqliteRole
    alive: bool
    leader: bool = False
    id: str = ""
    domain: int | None = None
    """The failure domain that it runs with, as it says itself; ``None`` where it did not."""

    @property
    def name(self) -> str:
        """What to call it: its host, or its address when nobody knows the host."""
        return self.host or self.address

    def as_dict(self) -> dict[str, Any]:
        return {
            "host": self.host,
            "address": self.address,
            "id": self.id,
            "role": str(self.role),
            "alive": self.alive,
            "leader": self.leader,
            "domain": self.domain,
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any], leader: str = "") -> "SeenMember":
        """Read a stored row; ``leader`` is the address that an older observation names."""
        address = row.get("address") or ""
        return cls(
            host=row.get("host"),
            address=address,
            role=DqliteRole(row["role"]),
            alive=bool(row["alive"]),
            leader=bool(row.get("leader", bool(leader) and address == leader)),
            id=str(row.get("id", "")),
            domain=None if row.get("domain") is None else int(row["domain"]),
        )


@dataclass(frozen=True, slots=True)
class SeenNode:
    """One node that Kubernetes lists, as it was seen."""

    host: str | None
    """The host behind the address; ``None`` when no host of the inventory has it."""
    name: str
    address: str = ""
    role: str = ""
    condition: str = ""
    """What Kubernetes itself says: ``True``, ``False`` or ``Unknown``."""
    ready: bool = False
    """Whether Kubernetes calls it Ready and its kubelet was heard of lately."""
    heard_ago: int | None = None
    """Seconds since its kubelet was heard of; negative when its clock is ahead."""
    schedulable: bool = True
    version: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "host": self.host,
            "name": self.name,
            "address": self.address,
            "role": self.role,
            "condition": self.condition,
            "ready": self.ready,
            "heard_ago": self.heard_ago,
            "schedulable": self.schedulable,
            "version": self.version,
            "labels": dict(self.labels),
            "taints": list(self.taints),
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "SeenNode":
        known = {name: row[name] for name in cls.__dataclass_fields__ if name in row}
        name = row.get("name") or row.get("host") or row.get("address") or ""
        return cls(**{"host": None, **known, "name": name, "taints": tuple(row.get("taints", ()))})


@dataclass(frozen=True, slots=True)
class Observation:
    """A cluster as it was seen at one moment."""

    at: float
    """When, as Unix time; 0 when that is not known."""
    seen_by: tuple[str, ...]
    """The control plane nodes that told it, the one that is believed first."""
    has_leader: bool
    """Whether a leader told the members; without one they come from a file that may be old."""
    members: tuple[SeenMember, ...]
    nodes: tuple[SeenNode, ...] | None
    """``None`` when the Kubernetes API did not answer: that proves nothing of any node."""
    findings: tuple[Finding, ...] = ()
    nodes_error: str = ""
    """Why the Kubernetes API did not tell the nodes."""
    certificates: tuple[SeenCertificate, ...] = ()
    """Those of the control plane nodes that were asked, and told them."""
    addons: tuple[str, ...] | None = None
    """Those that are enabled, as ``repository/name``, or ``repository/name:argument`` where the
    argument can be seen; ``None`` when nobody was asked, or MicroK8s was not ready to tell."""

    @property
    def listed(self) -> tuple[Member, ...]:
        """The members as the quorum's arithmetic takes them.

        One that did not tell its failure domain has the one that MicroK8s gives: dqlite's leader
        takes no account of the domain of a member that does not answer either.
        """
        return tuple(
            Member(
                row.name,
                row.role,
                row.alive,
                DEFAULT_DOMAIN if row.domain is None else row.domain,
                row.leader,
            )
            for row in self.members
        )

    @property
    def quorum(self) -> Quorum:
        """How the members stand; without a leader there is no quorum."""
        return count(self.listed, has_leader=self.has_leader)

    def dead(self) -> tuple[SeenMember, ...]:
        """Return the members that do not answer."""
        return tuple(row for row in self.members if not row.alive)

    def leader(self) -> SeenMember | None:
        """Return the member that leads the datastore, if one was seen to."""
        return next((row for row in self.members if row.leader), None)

    def followers(self) -> tuple[SeenMember, ...]:
        """Return the members that do not lead, dead ones among them."""
        return tuple(row for row in self.members if not row.leader)

    def versions(self) -> dict[str, str]:
        """Return the version that each node runs, by the node's name."""
        return {row.name: row.version for row in self.nodes or ()}

    def seed(self) -> str | None:
        """Return the host to work through: the leader, or the first voter that answers."""
        able = [row for row in self.members if row.host and row.alive]
        able.sort(key=lambda row: (not row.leader, row.role is not DqliteRole.VOTER))
        return able[0].host if able else None

    def member(self, host: str) -> SeenMember | None:
        """Return the datastore's entry of a host, if it is listed."""
        return next((row for row in self.members if row.host == host), None)

    @property
    def hosts(self) -> frozenset[str]:
        """Every host that was recognised among members and nodes."""
        members = [row.host for row in self.members]
        return frozenset(filter(None, [*members, *(row.host for row in self.nodes or ())]))

    @property
    def digest(self) -> str:
        """The SHA-256 of what plans rest on, the same whenever and by whom it was seen.

        Members with role and whether they answer, nodes with whether they are Ready, and whether
        anybody leads; neither times nor texts, nor who leads, which may change at any moment.
        """
        facts = {
            "has_leader": self.has_leader,
            "members": sorted([row.name, str(row.role), row.alive] for row in self.members),
            "nodes": None
            if self.nodes is None
            else sorted([row.host or row.name, row.ready] for row in self.nodes),
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Return it as the ledger keeps it and the API tells it."""
        leader = self.leader()
        return {
            "at": self.at,
            "seen_by": list(self.seen_by),
            "has_leader": self.has_leader,
            "leader": leader.address if leader else "",
            "members": [row.as_dict() for row in self.members],
            "nodes": None if self.nodes is None else [row.as_dict() for row in self.nodes],
            "nodes_error": self.nodes_error,
            "findings": [found.as_dict() for found in self.findings],
            "certificates": [each.as_dict() for each in self.certificates],
            "addons": None if self.addons is None else list(self.addons),
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Observation":
        """Read a stored observation, also an older one, which only names its leader or nobody.

        Raises ``KeyError`` or ``ValueError`` for what is no observation.
        """
        nodes = row.get("nodes")
        leader, addons = row.get("leader"), row.get("addons")
        return cls(
            at=float(row.get("at") or 0),
            seen_by=tuple(row.get("seen_by") or ()),
            has_leader=bool(row.get("has_leader", leader != "")),
            members=tuple(SeenMember.from_dict(each, leader or "") for each in row["members"]),
            nodes=None if nodes is None else tuple(SeenNode.from_dict(each) for each in nodes),
            findings=tuple(Finding.from_dict(each) for each in row.get("findings") or ()),
            nodes_error=row.get("nodes_error") or "",
            certificates=tuple(map(SeenCertificate.from_dict, row.get("certificates") or ())),
            addons=None if addons is None else tuple(map(str, addons)),
        )
