"""A cluster drawn as a Mermaid flowchart, for chat, tickets and Markdown that render it."""

import json
import re
from collections.abc import Iterator

from cluster.drawing.node_words import roles_in_words, short_taint, state_in_words
from cluster.drawing.picture import Group, NodePicture, Picture
from cluster.drawing.quorum_words import Health
from cluster.printable import visible
from cluster.quorum import DqliteRole

PLAIN = re.compile(r"[^A-Za-z0-9 .,:;/()+=_★⚑✓✗-]")
"""What Mermaid might read as its own."""
SIGNS = {Health.GOOD: "✓", Health.WARN: "!", Health.BAD: "✗", Health.UNKNOWN: "?"}
STYLES = {
    Health.GOOD: "stroke:#1b7a3f,stroke-width:2px",
    Health.WARN: "stroke:#8a5a00,stroke-width:3px",
    Health.BAD: "stroke:#b3261e,stroke-width:3px,stroke-dasharray:6 4",
    Health.UNKNOWN: "stroke:#5f6b7a,stroke-width:2px,stroke-dasharray:3 3",
}


def mermaid(picture: Picture) -> str:
    """Draw the picture; ends with a line end."""
    return "".join(f"{line}\n" for line in _lines(picture))


def _lines(picture: Picture) -> Iterator[str]:
    yield from ("---", f"title: {json.dumps(f'{picture.name}: {picture.heading}')}", "---")
    yield "flowchart TB"
    yield f"  accTitle: Topology of cluster {_one_line(picture.name)}"
    yield f"  accDescr: {_one_line(picture.quorum)}"
    yield f'  quorum["{SIGNS[picture.health]} {_quorum(picture)}"]:::{picture.health}'
    ids = {id(node): f"n{place}" for place, node in enumerate(picture.nodes)}
    for group in Group:
        yield from _group(picture, group, group.name.lower(), ids)
    yield from _edges(picture, ids)
    for health, style in STYLES.items():
        yield f"  classDef {health} {style}"


def _quorum(picture: Picture) -> str:
    """Return the quorum's sentence, and below it how the cluster was and how long ago."""
    return "<br/>".join(
        _text(sentence) for sentence in (picture.quorum, picture.verdict) if sentence
    )


def _group(picture: Picture, group: Group, name: str, ids: dict[int, str]) -> Iterator[str]:
    nodes = picture.group(group)
    if not nodes:
        return
    yield f'  subgraph {name}["{group}"]'
    for node in nodes:
        opened, closed = _shape(node)
        lines = "<br/>".join(_text(line) for line in _label(picture, node))
        yield f'    {ids[id(node)]}{opened}"{lines}"{closed}:::{node.health}'
    yield "  end"


def _shape(node: NodePicture) -> tuple[str, str]:
    """Return the brackets of a role: a hexagon votes, a stadium stands by, a rectangle works."""
    if node.dqlite is DqliteRole.VOTER:
        return "{{", "}}"
    if node.dqlite is not None or node.group is Group.CONTROL_PLANE:
        return "([", "])"
    return "[", "]"


def _label(picture: Picture, node: NodePicture) -> Iterator[str]:
    yield node.name
    if roles := roles_in_words(node):
        yield " ".join(roles)
    yield f"{SIGNS[node.health]} {state_in_words(node)}"
    where = ", ".join(part for part in (node.address, *picture.place(node)) if part)
    if where:
        yield where
    yield from map(short_taint, node.taints)


def _edges(picture: Picture, ids: dict[int, str]) -> Iterator[str]:
    """Yield what copies the datastore (from its leader), and through whom workers have joined."""
    members = [node for node in picture.nodes if node.dqlite is not None]
    for leader in (node for node in members if node.leader):
        for node in members:
            if node is not leader:
                arrow = "-.-" if node.alive is False else "==="
                yield f"  {ids[id(leader)]} {arrow} {ids[id(node)]}"
    workers = picture.group(Group.WORKERS)
    for seed in (node for node in picture.nodes if node.seed):
        if workers:
            yield f"  {ids[id(seed)]} --- {' & '.join(ids[id(node)] for node in workers)}"


def _text(text: str) -> str:
    """Write every sign that is not plain by its number, which Mermaid shows as the sign."""
    return PLAIN.sub(lambda found: f"#{ord(found[0])};", visible(text))


def _one_line(text: str) -> str:
    return re.sub(r"[^\w .,:/()-]", " ", text)
