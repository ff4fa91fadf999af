"""A cluster drawn as SVG: sites, groups and nodes, each state as a shape and in words.

The drawing has classes only, no style attribute: a page with a strict Content-Security-Policy
takes ``topology.css`` into its style sheets, and a drawing that stands alone carries the rules.
"""

import textwrap
from collections.abc import Iterator
from importlib.resources import files

from markupsafe import Markup

from api.topology.blocks import EMPTY, Block, Grid, framed, stack
from api.topology.cards import cards, tiles
from api.topology.marks import element, glyph, line, mark, moved, number
from cluster.drawing.node_words import node_in_words
from cluster.drawing.picture import Group, NodePicture, Picture
from cluster.drawing.quorum_words import Health

CSS = files("api.topology").joinpath("topology.css").read_text()
WIDTH, LONE_WIDTH, SMALL_WIDTH = 920.0, 480.0, 290.0
PAD = 14.0
MOST_FINDINGS = 5


def svg(
    picture: Picture, *, standalone: bool, small: bool = False, width: float | None = None
) -> Markup:
    """Draw the picture.

    ``standalone`` adds style, background, heading, quorum and findings, which a page tells itself.
    ``small`` draws shapes only, without words, for a list of clusters.
    """
    wide = width or (LONE_WIDTH if len(picture.nodes) == 1 else WIDTH)
    if small:
        narrow = width or SMALL_WIDTH
        return _drawing(picture, _sketch(picture, narrow), narrow, "topology t-small")
    if not standalone:
        return _drawing(picture, _map(picture, wide), wide, "topology")
    edge = 28.0
    inner = wide - 2 * edge
    parts = [_heading(picture), _quorum(picture, inner), _map(picture, inner)]
    body = stack([*parts, *_findings(picture, inner)], gap=18)
    whole = Block(moved(edge, edge, body.markup), body.height + 2 * edge)
    return _drawing(picture, whole, wide, "topology t-alone")


def _drawing(picture: Picture, block: Block, width: float, class_: str) -> Markup:
    alone = "t-alone" in class_
    size = f"{number(width)} {number(block.height)}"
    paper = element("rect", class_="t-paper", width="100%", height="100%") if alone else EMPTY
    # A browser sizes a file by these; inside a page its style sheet does.
    fixed = {"width": number(width), "height": number(block.height)} if alone else {}
    verdict = [picture.verdict] if picture.verdict else []
    words = verdict + [node_in_words(picture, node) for node in picture.nodes]
    return element(
        "svg",
        element("title", f"Topology of cluster {picture.name}"),
        element("desc", f"{picture.facts}. {picture.quorum}. {'. '.join(words)}."),
        element("style", Markup(CSS)) if alone else EMPTY,  # noqa: S704  # our own file
        paper,
        block.markup,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {size}",
        role="img",
        class_=class_,
        **fixed,
    )


def _heading(picture: Picture) -> Block:
    title = line(0, 24, picture.name, "t-title")
    return Block(title + line(0, 48, picture.heading, "t-facts"), 52)


def _quorum(picture: Picture, width: float) -> Block:
    room = max(int((width - 64) / 7.2), 20)
    lines = textwrap.wrap(picture.quorum, room) + textwrap.wrap(picture.verdict, room)
    height = 20 * len(lines) + 20
    box = element(
        "rect",
        class_=f"t-banner t-edge-{picture.health}",
        width=number(width),
        height=number(height),
        rx=9,
    )
    drawn = [line(46, 25 + 20 * row, text, "t-said") for row, text in enumerate(lines)]
    return Block(box + moved(24, 20, mark(picture.health)) + EMPTY.join(drawn), height)


def _findings(picture: Picture, width: float) -> Iterator[Block]:
    """Yield what was found, in words; how much is left out is told."""
    room = max(int((width - 50) / 7.2), 20)
    for message, advice in picture.findings[:MOST_FINDINGS]:
        lines = [(text, "t-said") for text in textwrap.wrap(message, room)]
        lines += [(text, "t-facts") for text in textwrap.wrap(advice, room)]
        rows = [line(46, 15 + 19 * row, text, class_) for row, (text, class_) in enumerate(lines)]
        yield Block(moved(24, 10, mark(Health.WARN)) + EMPTY.join(rows), 19.0 * len(lines))
    left = len(picture.findings) - MOST_FINDINGS
    if left > 0:
        yield Block(line(46, 14, f"and {left} more", "t-facts"), 19)


def _map(picture: Picture, width: float) -> Block:
    """Draw the nodes."""

    def tie(gap: float) -> Markup:
        d = f"M{number(width / 2)} 0v{number(gap)}"
        return element("path", d=d, class_="t-link")

    return stack(list(_groups(picture, width)), 22, tie)


def _groups(picture: Picture, width: float) -> Iterator[Block]:
    """Yield a box for each group of which there are nodes."""
    for group in Group:
        nodes = picture.group(group)
        if nodes:
            draw = tiles if group is Group.WORKERS else cards
            block = draw(picture, nodes, width - 2 * PAD)
            class_ = f"t-{group.name.lower().replace('_', '-')}"
            label = f"{group} ({len(nodes)})"
            yield framed(block, label, width=width, pad=PAD, class_=class_)


def _sketch(picture: Picture, width: float) -> Block:
    """Draw shapes only: the datastore's members above, the others below."""
    rows = []
    for group in Group:
        nodes = picture.group(group)
        if nodes:
            grid = Grid.of(width, len(nodes), narrowest=30, widest=30, height=34, gap=7)
            drawn = [_dot(picture, node, *grid.corner(i)) for i, node in enumerate(nodes)]
            rows.append(Block(EMPTY.join(drawn), grid.height(len(nodes))))
    return stack(rows, 10)


def _dot(picture: Picture, node: NodePicture, x: float, y: float) -> Markup:
    badge = element("g", mark(node.health), transform="translate(10 11) scale(.62)")
    title = element("title", node_in_words(picture, node))
    shown = EMPTY if node.health is Health.GOOD else badge
    return moved(x + 15, y + 17, element("g", title, glyph(node), shown, class_="t-node"))
