"""What there is to draw of a cluster: every node with its role and health, out of the API's answer.

Pure: nothing here knows in which form the picture is drawn.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from cluster.drawing.ageing import aged, ago, verdict
from cluster.drawing.quorum_words import Health, health_of, health_with, quorum_sentence
from cluster.quorum import DqliteRole
from cluster.spec import Host, Phase, Role

KUBERNETES_OWN = "node.kubernetes.io/"
"""The keys of the taints by which Kubernetes itself keeps workloads off a node for a while."""
DEDICATED = "node-role.kubernetes.io/control-plane"
"""The key of the taint that keeps workloads off a control plane node."""


class Group(StrEnum):
    """Where a node stands in the picture."""

    CONTROL_PLANE = "control plane"
    WORKERS = "workers"
    UNKNOWN = "not of this cluster"  # listed by the datastore or Kubernetes only


class Readiness(StrEnum):
    """What Kubernetes says of a node, or why it says nothing."""

    READY = "ready"
    NOT_READY = "not ready"
    MISSING = "not in Kubernetes"
    SILENT = "API is silent"  # no API server of Kubernetes answered
    UNSEEN = "not observed"


@dataclass(frozen=True, slots=True)
class NodePicture:
    """One node, as the inventory, the datastore and Kubernetes tell of it."""

    name: str
    group: Group
    dqlite: DqliteRole | None = None
    alive: bool | None = None
    """Whether the member answers; ``None`` for what is no member, or was not seen."""
    leader: bool = False
    seed: bool = False
    """Whether it is the node that others join through."""
    readiness: Readiness = Readiness.UNSEEN
    cordoned: bool = False
    taints: tuple[str, ...] = ()
    address: str = ""
    site: str = ""
    zone: str = ""
    is_old: bool = False
    """Whether it was seen too long ago to say how it is."""

    @property
    def dedicated(self) -> bool:
        """Whether it keeps workloads off, as a control plane node of a separated cluster does."""
        return any(taint.startswith(DEDICATED) for taint in self.taints)

    @property
    def health(self) -> Health:
        """The worst of what is known; nobody vouches for a node of which nothing is."""
        return aged(self._then, is_old=self.is_old)

    @property
    def _then(self) -> Health:
        """Its health when it was last seen."""
        if self.alive is False or self.readiness is Readiness.NOT_READY:
            return Health.BAD
        if self.readiness is Readiness.UNSEEN:
            return Health.UNKNOWN
        stray = self.group is Group.UNKNOWN or self.readiness is not Readiness.READY
        return Health.WARN if stray or self.cordoned else Health.GOOD


@dataclass(frozen=True, slots=True)
class Picture:
    """A cluster as it is drawn."""

    name: str
    topology: str
    environment: str
    channel: str
    phase: str
    nodes: tuple[NodePicture, ...]
    quorum: str
    """What the datastore's quorum stands on and survives, in one sentence."""
    quorum_then: Health
    """Of the quorum, when it was last seen."""
    then: Health
    """Of the cluster, when it was last seen: findings make a good quorum need attention."""
    observed_at: float | None = None
    """When it was last seen, as Unix time."""
    age_seconds: float | None = None
    """How long ago that was."""
    is_old: bool = False
    """Whether it was seen too long ago to say how it is."""
    findings: tuple[tuple[str, str], ...] = ()
    """Message and advice of each."""
    backed_up_at: float | None = None
    """When its newest proved backup was taken, as Unix time."""

    @property
    def backup(self) -> str:
        """Say how old its newest backup is; empty where none is known, or nobody tells the time."""
        if self.backed_up_at is None or self.observed_at is None or self.age_seconds is None:
            return ""
        seconds = max(self.observed_at + self.age_seconds - self.backed_up_at, 0)
        return f"newest proved backup: {ago(seconds)}"

    @property
    def health(self) -> Health:
        """Of the quorum, as far as it is known now."""
        return aged(self.quorum_then, is_old=self.is_old)

    @property
    def verdict(self) -> str:
        """Say how it was and how long ago; empty for a cluster that was not seen."""
        if self.age_seconds is None:
            return ""
        return verdict(self.then, self.age_seconds, is_old=self.is_old)

    def group(self, group: Group) -> tuple[NodePicture, ...]:
        return tuple(node for node in self.nodes if node.group is group)

    @property
    def size(self) -> int:
        """How many nodes the cluster has; what only pretends to belong to it is not counted."""
        return sum(node.group is not Group.UNKNOWN for node in self.nodes)

    @property
    def _sites(self) -> set[str]:
        """The sites that are known; where a stranger stands is not."""
        return {node.site for node in self.nodes if node.site}

    def place(self, node: NodePicture) -> tuple[str, ...]:
        """Return where a node stands; its site only where there is more than one."""
        site = f"site {node.site}" if node.site and len(self._sites) > 1 else ""
        zone = f"zone {node.zone}" if node.zone else ""
        return tuple(part for part in (site, zone) if part)

    @property
    def facts(self) -> str:
        """Shape, environment, channel and size, as the title goes on after the name.

        That it is being taken apart is told with them, since nodes are missing for that reason.
        """
        count = f"{self.size} node{'' if self.size == 1 else 's'}"
        destroying = ", being destroyed" if self.phase == Phase.DESTROYING else ""
        return f"{self.topology}, {self.environment}, {self.channel}, {count}{destroying}"

    @property
    def seen(self) -> str:
        """Say when it was last seen; empty for a cluster that was not."""
        if self.observed_at is None:
            return ""
        return f"seen {datetime.fromtimestamp(self.observed_at, UTC):%Y-%m-%d %H:%M} UTC"

    @property
    def heading(self) -> str:
        """What stands with the name on one line: the facts, and when it was seen."""
        return "; ".join(filter(None, (self.facts, self.seen)))


def picture_of(body: Mapping[str, Any], hosts: Iterable[Host] = ()) -> Picture:
    """Return the picture of a cluster out of its document, as the API has it.

    ``hosts`` is the inventory: it tells where the nodes stand.
    """
    seen = body.get("observation") or {}
    return Picture(
        name=body["name"],
        topology=body["topology"],
        environment=body["environment"],
        channel=body["channel"],
        phase=body["phase"],
        nodes=tuple(
            replace(node, is_old=body.get("stale", False))
            for node in _nodes(body, seen, {host.name: host for host in hosts})
        ),
        quorum=quorum_sentence(body.get("quorum")),
        quorum_then=health_of(body.get("quorum")),
        then=health_with(body.get("quorum"), seen.get("findings") or ()),
        observed_at=body.get("observed_at"),
        age_seconds=body.get("age_seconds"),
        is_old=body.get("stale", False),
        backed_up_at=body.get("backed_up_at"),
        findings=tuple(
            (row["message"], row.get("advice") or "") for row in seen.get("findings") or ()
        ),
    )


def _nodes(
    body: Mapping[str, Any], seen: Mapping[str, Any], hosts: Mapping[str, Host]
) -> Iterator[NodePicture]:
    members = {_name(row): row for row in seen.get("members") or ()}
    nodes = {_name(row): row for row in seen.get("nodes") or ()}
    unlisted = _unlisted(seen)
    roles = dict.fromkeys(body["control_plane"], Role.CONTROL_PLANE)
    roles |= dict.fromkeys(body["workers"], Role.WORKER)
    for name, role in roles.items():
        group = Group.CONTROL_PLANE if role is Role.CONTROL_PLANE else Group.WORKERS
        seed = name == body["control_plane"][0]
        member, node = members.pop(name, {}), nodes.pop(name, {})
        known = _node(name, group, member, node, unlisted, hosts.get(name))
        yield replace(known, seed=seed)
    yield from _strangers(members, nodes, unlisted)


def _unlisted(seen: Mapping[str, Any]) -> Readiness:
    """Return what a node is that Kubernetes does not list."""
    if not seen:
        return Readiness.UNSEEN
    return Readiness.SILENT if seen.get("nodes") is None else Readiness.MISSING


def _strangers(
    members: Mapping[str, Mapping[str, Any]],
    nodes: Mapping[str, Mapping[str, Any]],
    unlisted: Readiness,
) -> Iterator[NodePicture]:
    """Yield what is listed and belongs to nobody; one address is one node."""
    unmatched = dict(nodes)
    for name, member in members.items():
        same = (key for key, row in nodes.items() if row.get("address") == _address_of(member))
        key = next(same, name)
        yield _node(key, Group.UNKNOWN, member, unmatched.pop(key, {}), unlisted)
    for name, node in unmatched.items():
        yield _node(name, Group.UNKNOWN, {}, node, unlisted)


def _node(
    name: str,
    group: Group,
    member: Mapping[str, Any],
    node: Mapping[str, Any],
    unlisted: Readiness,
    host: Host | None = None,
) -> NodePicture:
    inventory = (host.node_address or host.address) if host else ""
    readiness = unlisted
    if "ready" in node:
        readiness = Readiness.READY if node["ready"] else Readiness.NOT_READY
    return NodePicture(
        name=name,
        group=group,
        dqlite=DqliteRole(member["role"]) if member.get("role") else None,
        alive=member.get("alive"),
        leader=bool(member.get("leader")),
        readiness=readiness,
        cordoned=not node.get("schedulable", True),
        taints=tuple(_lasting(node)),
        address=node.get("address") or inventory or _address_of(member),
        site=host.site if host else "",
        zone=host.zone if host else "",
    )


def _lasting(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield the taints worth drawing: of a Ready node not those that Kubernetes sets and takes off.

    They stay for seconds after a node became Ready, and a cordoned node is drawn as cordoned.
    """
    for taint in node.get("taints") or ():
        if not (node.get("ready") and taint.startswith(KUBERNETES_OWN)):
            yield taint


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("host") or row.get("name") or row.get("address"))


def _address_of(member: Mapping[str, Any]) -> str:
    return str(member.get("address", "")).rpartition(":")[0]
