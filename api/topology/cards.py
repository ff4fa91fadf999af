"""Nodes as cards: a wide one for those of the datastore, a small one for workers."""

from collections.abc import Sequence

from markupsafe import Markup

from api.topology.blocks import EMPTY, Block, Grid
from api.topology.marks import element, glyph, line, mark, moved, number, pill
from cluster.drawing.node_words import (
    limits_in_words,
    node_in_words,
    roles_in_words,
    state_in_words,
    where_in_words,
)
from cluster.drawing.picture import NodePicture, Picture, Readiness
from cluster.drawing.quorum_words import Health

CARD_HEIGHT, TILE_HEIGHT, TALL_TILE_HEIGHT = 104.0, 56.0, 74.0
SHORTEST_LIMITS = 64.0
"""With less room, taints are told to the pointer and to screen readers only."""
FEW_WORKERS = 12
"""Up to so many, the address of each stands in its tile."""


def cards(picture: Picture, nodes: Sequence[NodePicture], width: float) -> Block:
    """Draw nodes as cards, tied to their neighbours where they share the datastore."""
    grid = Grid.of(width, len(nodes), narrowest=236, widest=300, height=CARD_HEIGHT, gap=18)
    drawn = [
        moved(*grid.corner(place), _card(picture, node, grid.cell_width))
        for place, node in enumerate(nodes)
    ]
    return Block(_links(nodes, grid) + EMPTY.join(drawn), grid.height(len(nodes)))


def tiles(picture: Picture, nodes: Sequence[NodePicture], width: float) -> Block:
    """Draw nodes as small cards."""
    height = TALL_TILE_HEIGHT if len(nodes) <= FEW_WORKERS else TILE_HEIGHT
    grid = Grid.of(width, len(nodes), narrowest=150, widest=204, height=height, gap=10)
    drawn = [
        moved(*grid.corner(place), _tile(picture, node, grid)) for place, node in enumerate(nodes)
    ]
    return Block(EMPTY.join(drawn), grid.height(len(nodes)))


def _card(picture: Picture, node: NodePicture, width: float) -> Markup:
    where = where_in_words(picture, node)
    return element(
        "g",
        element("title", node_in_words(picture, node)),
        _frame(node, width, CARD_HEIGHT),
        moved(31, 37, glyph(node)),
        moved(width - 22, 24, mark(node.health)),
        line(58, 29, short(node.name, (width - 98) / 8.6), "t-name"),
        moved(58, 50, _role(node)),
        _state(node, width - 66),
        line(58, 90, short(where, (width - 66) / 6.6), "t-soft"),
        class_="t-node",
    )


def _tile(picture: Picture, node: NodePicture, grid: Grid) -> Markup:
    width, tall = grid.cell_width, grid.cell_height == TALL_TILE_HEIGHT
    state, where = state_in_words(node), where_in_words(picture, node)
    return element(
        "g",
        element("title", node_in_words(picture, node)),
        _frame(node, width, grid.cell_height),
        moved(23, 28, glyph(node)),
        moved(width - 19, 20, mark(node.health)),
        line(43, 25, short(node.name, (width - 78) / 7.6), "t-name t-less"),
        line(43, 43, short(state, (width - 49) / 6.5), f"t-state t-less t-{node.health}"),
        line(43, 61, short(where, (width - 49) / 6.2), "t-soft") if tall else EMPTY,
        class_="t-node",
    )


def _frame(node: NodePicture, width: float, height: float) -> Markup:
    return element(
        "rect",
        class_=f"t-card t-edge-{node.health}",
        width=number(width),
        height=number(height),
        rx=9,
    )


def _role(node: NodePicture) -> Markup:
    """Draw the role in words, with labels for leader and seed beside it."""
    unseen = "role unknown" if node.readiness is Readiness.UNSEEN else "no member"
    word, *labels = roles_in_words(node) if node.dqlite else [unseen, *roles_in_words(node)]
    drawn, x = [line(0, 0, word, "t-role")], len(word) * 7.0 + 8
    for text in labels:
        label, width = pill(text)
        drawn.append(moved(x, 0, label))
        x += width + 5
    return EMPTY.join(drawn)


def _state(node: NodePicture, room: float) -> Markup:
    """Draw the state, and behind it, as far as there is room, whom the node keeps off."""
    state = short(state_in_words(node), room / 7.4)
    left = room - len(state) * 7.4
    words = [element("tspan", state, class_=f"t-state t-{node.health}")]
    if (limits := limits_in_words(node)) and left > SHORTEST_LIMITS:
        words.append(element("tspan", short(f", {limits}", left / 6.4), class_="t-state"))
    return element("text", *words, x=58, y=71)


def _links(nodes: Sequence[NodePicture], grid: Grid) -> Markup:
    """Draw what ties each card to the one on its right and to the one below."""
    drawn = []
    for place, node in enumerate(nodes):
        x, y = grid.corner(place)
        right, below = x + grid.cell_width, y + grid.cell_height
        middle = y + grid.cell_height / 2
        if (place + 1) % grid.columns and place + 1 < len(nodes):
            d = f"M{number(right)} {number(middle)}h{number(grid.gap)}"
            drawn.append(_link(d, node, nodes[place + 1]))
        if place + grid.columns < len(nodes):
            d = f"M{number(x + grid.cell_width / 2)} {number(below)}v{number(grid.gap)}"
            drawn.append(_link(d, node, nodes[place + grid.columns]))
    return EMPTY.join(drawn)


def _link(path: str, one: NodePicture, other: NodePicture) -> Markup:
    found = {one.health, other.health}
    broken = "t-dashed t-broken" if Health.BAD in found else "t-dashed"
    whole = found <= {Health.GOOD, Health.WARN}
    return element("path", d=path, class_="t-link" if whole else f"t-link {broken}")


def short(text: str, room: float) -> str:
    """Cut the middle out of a text that is too long: its end tells it from its neighbours."""
    most = max(int(room), 4)
    if len(text) <= most:
        return text
    tail = most // 2
    return f"{text[: most - tail - 1]}…{text[-tail:]}"
