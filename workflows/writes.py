"""What steps write of a cluster's record, and what becomes of it; pure.

A write is true of the record once its step is done. ``clusters.lua`` stores it, and keeps what was
there before, so that an undone step puts it back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cluster.spec import Cluster, Environment, Node, Phase


@dataclass(frozen=True, slots=True)
class SetNode:
    """A host is a node, or a node has other values."""

    node: Node

    def as_dict(self) -> dict[str, Any]:
        return {"do": "set-node", "host": self.node.host, "node": self.node.as_dict()}


@dataclass(frozen=True, slots=True)
class DropNode:
    """A host is no node any more."""

    host: str

    def as_dict(self) -> dict[str, Any]:
        return {"do": "drop-node", "host": self.host}


@dataclass(frozen=True, slots=True)
class SetAddons:
    """These addons are enabled."""

    addons: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"do": "set-addons", "addons": list(self.addons)}


@dataclass(frozen=True, slots=True)
class SetPhase:
    """The cluster's life stands elsewhere."""

    phase: Phase

    def as_dict(self) -> dict[str, Any]:
        return {"do": "set-phase", "phase": str(self.phase)}


@dataclass(frozen=True, slots=True)
class Forget:
    """There is no such cluster any more; its hosts are free. It cannot be undone."""

    def as_dict(self) -> dict[str, Any]:
        return {"do": "forget"}


@dataclass(frozen=True, slots=True)
class AsFound:
    """The cluster has the nodes that the step itself finds, or those it has, and the addons found.

    Nobody knows them when the step is planned. With it the cluster is formed, if it was not before.
    """

    def as_dict(self) -> dict[str, Any]:
        return {"do": "as-found"}


Write = SetNode | DropNode | SetAddons | SetPhase | Forget | AsFound


def from_dict(row: Mapping[str, Any]) -> Write:
    """Read a write as it stands in a plan."""
    match row["do"]:
        case "set-node":
            return SetNode(Node.from_dict(row["host"], row["node"]))
        case "drop-node":
            return DropNode(row["host"])
        case "set-addons":
            return SetAddons(tuple(row["addons"]))
        case "set-phase":
            return SetPhase(Phase(row["phase"]))
        case "forget":
            return Forget()
        case "as-found":
            return AsFound()
    raise ValueError(f"cannot read a write that does {row['do']!r}: no such thing is known")


def as_found(
    rows: Iterable[Mapping[str, Any]], output: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Return the writes of a step that is done, with what its output says it found.

    ``output["record"]`` has ``nodes`` by host, and ``addons``. Raises ``KeyError`` or
    ``ValueError`` where it has not, or they are none.
    """
    written: list[Mapping[str, Any]] = []
    for row in rows:
        written += [row] if row["do"] != "as-found" else _found(output["record"])
    return written


def _found(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    nodes = [Node.from_dict(host, row) for host, row in record["nodes"].items()]
    writes: list[Write] = [SetNode(node) for node in nodes]
    writes += [SetAddons(tuple(record["addons"])), SetPhase(Phase.FORMED)]
    return [write.as_dict() for write in writes]


def founded(name: str, environment: Environment) -> Cluster:
    """Return the record that a job makes of a cluster that it is to form."""
    return Cluster(name, environment, phase=Phase.FORMING)


def after(cluster: Cluster | None, writes: Iterable[Write]) -> Cluster | None:
    """Return a cluster's record as writes leave it; ``None`` where there is none."""
    for write in writes:
        if cluster is None:
            return None
        cluster = _after(cluster, write)
    return cluster


def _after(cluster: Cluster, write: Write) -> Cluster | None:
    match write:
        case SetNode(node):
            return cluster.plus(node)
        case DropNode(host):
            return cluster.without(host)
        case SetAddons(addons):
            return replace(cluster, addons=addons)
        case SetPhase(phase):
            return replace(cluster, phase=phase)
        case Forget():
            return None
        case AsFound():
            return cluster
