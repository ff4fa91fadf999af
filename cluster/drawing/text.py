"""A cluster drawn as text: nodes in boxes, 80 columns wide, for terminals and chat."""

import textwrap
from collections.abc import Iterator, Sequence

from cluster.drawing.node_words import roles_in_words, short_taint, was
from cluster.drawing.picture import Group, NodePicture, Picture, Readiness
from cluster.printable import visible

WIDTH = 80
INNER = 22
"""Signs within a box; three boxes stand beside each other in 80 columns."""
PER_ROW = 3
MANY_WORKERS = 9
"""Beyond it, workers are listed instead of boxed."""


def text(picture: Picture) -> str:
    """Draw the picture; the last line has no line end."""
    parts = [f"{picture.name}: {picture.facts}", ""]
    for group in Group:
        nodes = picture.group(group)
        if nodes:
            listed = group is Group.WORKERS and len(nodes) > MANY_WORKERS
            parts += [str(group), *(_list if listed else _rows)(picture, nodes)]
    parts += textwrap.wrap(picture.quorum, WIDTH)
    parts += [sentence for sentence in (picture.verdict, picture.seen, picture.backup) if sentence]
    for message, advice in picture.findings:
        parts += _finding(message, advice)
    return "\n".join(parts)


def _rows(picture: Picture, nodes: Sequence[NodePicture]) -> Iterator[str]:
    for start in range(0, len(nodes), PER_ROW):
        row = nodes[start : start + PER_ROW]
        bodies = [list(_body(picture, node)) for node in row]
        height = max(len(body) for body in bodies)
        columns = [
            _box(node.name, body + [""] * (height - len(body)))
            for node, body in zip(row, bodies, strict=True)
        ]
        for line in zip(*columns, strict=True):
            yield " ".join(line).rstrip()


def _box(name: str, body: Sequence[str]) -> list[str]:
    label = f" {_name(name, INNER - 1)} "
    return [
        f"┌─{label}{'─' * (INNER + 1 - len(label))}┐",
        *(f"│ {_cut(line, INNER):<{INNER}} │" for line in body),
        f"└{'─' * (INNER + 2)}┘",
    ]


def _body(picture: Picture, node: NodePicture) -> Iterator[str]:
    if roles := roles_in_words(node):
        yield " ".join(roles)
    if node.alive is not None:
        yield f"{_well(node)}alive" if node.alive else "✗ DEAD"
    yield _readiness(node)
    if node.address:
        yield node.address
    yield from picture.place(node)
    yield from map(short_taint, node.taints)


def _readiness(node: NodePicture) -> str:
    cordoned = ", cordoned" if node.cordoned else ""
    match node.readiness:
        case Readiness.READY:
            return f"{_well(node)}ready{cordoned}"
        case Readiness.NOT_READY:
            return f"✗ NOT READY{cordoned}"
    return f"? {node.readiness}"


def _well(node: NodePicture) -> str:
    """Return what stands before a good state: a question mark once it is too old."""
    return "? was " if was(node) else "● "


def _list(picture: Picture, nodes: Sequence[NodePicture]) -> Iterator[str]:
    for node in nodes:
        where = picture.place(node)
        facts = [_readiness(node), node.address, *where, *map(short_taint, node.taints)]
        yield _cut(f"  {_name(node.name, 24):<24}  {'  '.join(f for f in facts if f)}", WIDTH)


def _finding(message: str, advice: str) -> Iterator[str]:
    yield from textwrap.wrap(f"! {visible(message)}", WIDTH, subsequent_indent="  ")
    if advice:
        yield from textwrap.wrap(
            f"-> {visible(advice)}", WIDTH, initial_indent="  ", subsequent_indent="     "
        )


def _name(name: str, width: int) -> str:
    """Cut the middle out of a name that is too long: its end tells it from its neighbours."""
    name, tail = visible(name), width // 2
    return name if len(name) <= width else f"{name[: width - tail - 1]}…{name[-tail:]}"


def _cut(line: str, width: int) -> str:
    line = visible(line)
    return line if len(line) <= width else line[: width - 1] + "…"
