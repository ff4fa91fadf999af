"""A cluster's topology drawn as text: nodes in boxes, and what its quorum survives."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 80
INNER = 22
"""Signs within a box; three boxes stand beside each other in 80 columns."""
PER_ROW = 3
DEDICATED = "node-role.kubernetes.io/control-plane"
MANY_WORKERS = 9
"""Beyond it, workers are listed instead of boxed."""


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node as the three sources of an observation tell of it."""

    name: str
    address: str = ""
    dqlite: str = ""
    alive: bool | None = None
    leader: bool = False
    ready: bool | None = None
    schedulable: bool = True
    taints: tuple[str, ...] = ()


def draw(cluster: Mapping[str, Any]) -> str:
    """Return the picture of a cluster as the API answers it."""
    seen = cluster.get("observation") or {}
    members = {_name(row): row for row in seen.get("members") or ()}
    nodes = {_name(row): row for row in seen.get("nodes") or ()}
    control = [
        *cluster["control_plane"],
        *(n for n in members if n not in cluster["control_plane"]),
    ]
    known = {*control, *cluster["workers"]}
    workers = [*cluster["workers"], *(name for name in nodes if name not in known)]
    parts = [_title(cluster), "", "control plane"]
    parts += _rows([_node(name, members, nodes) for name in control])
    if workers:
        views = [_node(name, members, nodes) for name in workers]
        parts += ["workers", *(_list(views) if len(views) > MANY_WORKERS else _rows(views))]
    parts += textwrap.wrap(quorum_sentence(cluster.get("quorum")), WIDTH)
    for finding in seen.get("findings") or ():
        parts += _finding(finding)
    return "\n".join(parts)


def quorum_sentence(quorum: Mapping[str, Any] | None) -> str:
    """Return what the datastore's quorum stands on, and what it survives."""
    if not quorum:
        return "quorum: not observed yet"
    voters, alive, need = quorum["voters"], quorum["voters_alive"], quorum["majority"]
    said = f"quorum: {alive} of {_count(voters, 'voter')} alive, {need} needed"
    others = [
        _count(quorum[key], word)
        for key, word in (("standbys", "stand-by"), ("spares", "spare"))
        if quorum[key]
    ]
    said += f" (and {' and '.join(others)})" if others else ""
    if quorum["tolerance"] < 0:
        return f"{said}: QUORUM IS LOST, the datastore accepts no writes"
    lost = quorum["tolerance"]
    survives = f"survives the loss of {_count(lost, 'voter')}" if lost else "survives no loss"
    return f"{said}: {survives}; {'highly available' if quorum['ha'] else 'not highly available'}"


def _title(cluster: Mapping[str, Any]) -> str:
    count = len(cluster["control_plane"]) + len(cluster["workers"])
    facts = [cluster["topology"], cluster["environment"], cluster["channel"], _count(count, "node")]
    return f"{cluster['name']}: {', '.join(facts)}"


def _name(row: Mapping[str, Any]) -> str:
    return str(row.get("host") or row.get("name") or row.get("address"))


def _node(
    name: str, members: Mapping[str, Mapping[str, Any]], nodes: Mapping[str, Mapping[str, Any]]
) -> NodeView:
    member, node = members.get(name, {}), nodes.get(name, {})
    return NodeView(
        name=name,
        address=node.get("address") or str(member.get("address", "")).rpartition(":")[0],
        dqlite=member.get("role", ""),
        alive=member.get("alive"),
        leader=bool(member.get("leader")),
        ready=node.get("ready"),
        schedulable=node.get("schedulable", True),
        taints=tuple(node.get("taints") or ()),
    )


def _rows(views: Sequence[NodeView]) -> Iterator[str]:
    for start in range(0, len(views), PER_ROW):
        bodies = [list(_body(view)) for view in views[start : start + PER_ROW]]
        height = max(len(body) for body in bodies)
        columns = [
            _box(view.name, body + [""] * (height - len(body)))
            for view, body in zip(views[start : start + PER_ROW], bodies, strict=True)
        ]
        for line in zip(*columns, strict=True):
            yield " ".join(line).rstrip()


def _box(name: str, body: Sequence[str]) -> list[str]:
    label = f" {_cut(name, INNER - 4)} "
    return [
        f"┌─{label}{'─' * (INNER + 1 - len(label))}┐",
        *(f"│ {_cut(line, INNER):<{INNER}} │" for line in body),
        f"└{'─' * (INNER + 2)}┘",
    ]


def _body(view: NodeView) -> Iterator[str]:
    if view.dqlite:
        yield f"{view.dqlite}{' ★ leader' if view.leader else ''}"
    if view.alive is not None:
        yield "● alive" if view.alive else "✗ DEAD"
    yield _readiness(view)
    if view.address:
        yield view.address
    for taint in view.taints:
        yield _short_taint(taint)


def _readiness(view: NodeView) -> str:
    if view.ready is None:
        return "? not in Kubernetes"
    return f"{'● ready' if view.ready else '✗ NOT READY'}{'' if view.schedulable else ', cordoned'}"


def _short_taint(taint: str) -> str:
    """Keep what tells taints apart: the key's last part, and the effect."""
    key, _, effect = taint.rpartition(":")
    if key.startswith(DEDICATED):
        return f"dedicated: {effect}"
    return f"taint {key.rstrip('=').rpartition('/')[2]}:{effect}"


def _list(views: Sequence[NodeView]) -> Iterator[str]:
    for view in views:
        facts = [_readiness(view), view.address, *(_short_taint(taint) for taint in view.taints)]
        yield _cut(f"  {_cut(view.name, 24):<24}  {'  '.join(f for f in facts if f)}", WIDTH)


def _finding(finding: Mapping[str, Any]) -> Iterator[str]:
    yield from textwrap.wrap(f"! {finding['message']}", WIDTH, subsequent_indent="  ")
    if finding.get("advice"):
        text = f"-> {finding['advice']}"
        yield from textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="     ")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
