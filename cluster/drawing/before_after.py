"""What a change makes of a cluster: what comes, goes and changes, node by node; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cluster.addon_drift import changed_addons, lost_addons
from cluster.addon_names import argument, canonical
from cluster.drift import lost_labels, lost_taints, seen_marks
from cluster.observation import Observation, SeenNode
from cluster.spec import Cluster, Node, Role
from cluster.versions import minor_of_channel, minor_of_version


class Mark(StrEnum):
    """What becomes of a part of a cluster."""

    COMES = "comes"
    GOES = "goes"
    CHANGES = "changes"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Part:
    """A node or an addon, before and after."""

    what: str
    """``node`` or ``addon``."""
    name: str
    mark: Mark
    role: Role | None = None
    """Of a node: the one that it is to have, or had if it goes."""
    says: tuple[str, ...] = ()
    """How it changes, or what it comes as; each is half a sentence."""
    seen: tuple[str, ...] = ()
    """What was seen of it otherwise than the record has it."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "name": self.name,
            "mark": str(self.mark),
            "role": str(self.role) if self.role else None,
            "says": list(self.says),
            "seen": list(self.seen),
        }


def parts(before: Cluster | None, after: Cluster | None) -> tuple[Part, ...]:
    """Return every node and addon of a cluster before and after; ``None`` is no cluster.

    Control plane nodes come first; within a role those of before do, in their order.
    """
    nodes = sorted(_nodes(before, after), key=lambda part: part.role is Role.WORKER)
    return (*nodes, *_addons(before, after))


def shape(cluster: Cluster | None) -> dict[str, Any] | None:
    """Return of a cluster what is compared of it."""
    if cluster is None:
        return None
    return {
        "topology": str(cluster.topology),
        "channel": cluster.channel,
        "nodes": {host: node.as_dict() for host, node in cluster.nodes.items()},
        "addons": list(cluster.addons),
    }


def _nodes(before: Cluster | None, after: Cluster | None) -> Iterator[Part]:
    old = before.nodes if before else {}
    new = after.nodes if after else {}
    looked = before.observation if before else None
    marks = seen_marks(before) if before else {}
    for host, node in old.items():
        seen = (*unlike(node, looked), *_marks_unlike(node, marks.get(host)))
        if host not in new:
            yield Part("node", host, Mark.GOES, node.role, seen=seen)
            continue
        says = tuple(_changes(node, new[host]))
        mark = Mark.CHANGES if says else Mark.STAYS
        yield Part("node", host, mark, new[host].role, says, seen)
    for host, node in new.items():
        if host not in old:
            yield Part("node", host, Mark.COMES, node.role, tuple(_traits(node)))


def _traits(node: Node) -> Iterator[str]:
    yield node.channel
    yield from (f"label {key}={value}" for key, value in node.labels.items())
    yield from (f"taint {taint}" for taint in node.taints)


def _changes(old: Node, new: Node) -> Iterator[str]:
    if old.role is not new.role:
        yield f"role {old.role} → {new.role}"
    if old.channel != new.channel:
        yield f"channel {old.channel} → {new.channel}"
    for key in dict.fromkeys((*old.labels, *new.labels)):
        was, is_now = old.labels.get(key), new.labels.get(key)
        if was is None:
            yield f"label {key}={is_now} comes"
        elif is_now is None:
            yield f"label {key}={was} goes"
        elif was != is_now:
            yield f"label {key}={was} → {is_now}"
    yield from (f"taint {taint} goes" for taint in old.taints if taint not in new.taints)
    yield from (f"taint {taint} comes" for taint in new.taints if taint not in old.taints)


def _addons(before: Cluster | None, after: Cluster | None) -> Iterator[Part]:
    old = _by_name(before)
    new = _by_name(after)
    seen = _addons_unlike(before) if before else {}
    for name in dict.fromkeys((*old, *new)):
        was, is_now = old.get(name), new.get(name)
        if was is None:
            yield Part("addon", str(is_now), Mark.COMES)
        elif is_now is None:
            yield Part("addon", was, Mark.GOES, seen=seen.get(was, ()))
        elif was != is_now:
            says = (f"{was} → {is_now}",)
            yield Part("addon", is_now, Mark.CHANGES, says=says, seen=seen.get(was, ()))
        else:
            yield Part("addon", was, Mark.STAYS, seen=seen.get(was, ()))


def _addons_unlike(cluster: Cluster) -> Mapping[str, tuple[str, ...]]:
    """Return in words how recorded addons were seen otherwise than recorded."""
    lost = dict.fromkeys(lost_addons(cluster), ("disabled",))
    changed = changed_addons(cluster).items()
    return lost | {addon: (f"giving away {argument(told)}",) for addon, told in changed}


def _by_name(cluster: Cluster | None) -> Mapping[str, str]:
    return {canonical(addon): addon for addon in cluster.addons} if cluster else {}


def unlike(node: Node, looked: Observation | None) -> tuple[str, ...]:
    """Return in words what was seen of a node otherwise than its record has it."""
    return tuple(_unlike(node, looked)) if looked else ()


def _unlike(node: Node, looked: Observation) -> Iterator[str]:
    if node.role is Role.CONTROL_PLANE:
        member = looked.member(node.host)
        if member is None:
            yield "no member of the datastore"
        elif not member.alive:
            yield "a dead member of the datastore"
    if looked.nodes is None:
        return
    row = next((row for row in looked.nodes if row.host == node.host), None)
    if row is None:
        yield "not in Kubernetes"
        return
    if not row.ready:
        yield "not Ready"
    if not row.schedulable:
        yield "cordoned"
    told, running = minor_of_channel(node.channel), minor_of_version(row.version)
    if None not in (told, running) and told != running:
        yield f"in version {row.version}"


def _marks_unlike(node: Node, row: SeenNode | None) -> Iterator[str]:
    """Yield the labels and taints that a node was seen without since they were recorded."""
    if row is not None:
        yield from (f"without label {key}={value}" for key, value in lost_labels(node, row).items())
        yield from (f"without taint {taint}" for taint in lost_taints(node, row))
