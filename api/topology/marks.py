"""The small shapes of a drawing: a glyph for each role, a mark for each state; no colour needed.

Every function returns elements around the origin, which the caller moves into place.
"""

from typing import Any

from markupsafe import Markup, escape

from cluster.drawing.picture import Group, NodePicture
from cluster.drawing.quorum_words import Health
from cluster.printable import visible
from cluster.quorum import DqliteRole

HEXAGON = "0,-15 13,-7.5 13,7.5 0,15 -13,7.5 -13,-7.5"
LEFT_HALF = "0,-15 0,15 -13,7.5 -13,-7.5"
STAR = "0,-8.5 2.2,-2.9 8.1,-2.6 3.5,1.1 5,6.9 0,3.6 -5,6.9 -3.5,1.1 -8.1,-2.6 -2.2,-2.9"


def element(name: str, *children: str, **attributes: Any) -> Markup:
    """Return an element; what is not markup is escaped, ``class_`` and ``a_b`` become XML's."""
    attribute_markup = Markup("").join(
        Markup(' {}="{}"').format(_attribute(key), value)
        for key, value in attributes.items()
        if value != ""
    )
    inner = Markup("").join(c if isinstance(c, Markup) else safe(c) for c in children)
    return Markup("<{0}{1}>{2}</{0}>").format(name, attribute_markup, inner)


def safe(text: str) -> Markup:
    """Escape a text; what is not printable, and what XML cannot carry, is shown by its escape."""
    return escape(visible(text))


def line(x: float, y: float, text: str, class_: str = "", **attributes: Any) -> Markup:
    return element("text", text, x=number(x), y=number(y), class_=class_, **attributes)


def moved(x: float, y: float, *children: Markup, class_: str = "") -> Markup:
    """Return a group of elements whose origin is at a point."""
    place = f"translate({number(x)} {number(y)})"
    return element("g", *children, class_=class_, transform=place)


def number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def glyph(node: NodePicture) -> Markup:
    """Return a node's role as a shape, 30 high: the fuller the hexagon, the more it counts."""
    outline = element("polygon", points=HEXAGON, class_="t-outline")
    if node.dqlite is DqliteRole.VOTER:
        solid = element("polygon", points=HEXAGON, class_="t-solid")
        return solid + element("polygon", points=STAR, class_="t-star") if node.leader else solid
    if node.dqlite is DqliteRole.STANDBY:
        return outline + element("polygon", points=LEFT_HALF, class_="t-solid")
    if node.dqlite is DqliteRole.SPARE or node.group is Group.CONTROL_PLANE:
        return outline
    if node.group is Group.UNKNOWN:
        return element("polygon", points="0,-14 14,0 0,14 -14,0", class_="t-outline t-dashed")
    box = {"x": -12, "y": -12, "width": 24, "height": 24, "rx": 6}
    return element("rect", class_="t-outline", **box)


def mark(health: Health) -> Markup:
    """Return a state as a shape, 18 high."""
    match health:
        case Health.GOOD:
            shape = element("circle", r=9, class_="t-fill")
            return _mark(health, shape, element("path", d="M-4 .5 -1.2 3.4 4.2-3", class_="t-cut"))
        case Health.WARN:
            shape = element("polygon", points="0,-9.5 10,8.5 -10,8.5", class_="t-fill")
            return _mark(health, shape, element("path", d="M0-3.5V2.5M0 5.4V5.6", class_="t-cut"))
        case Health.BAD:
            shape = element("rect", x=-9, y=-9, width=18, height=18, rx=3, class_="t-fill")
            cross = element("path", d="M-4-4 4 4M4-4-4 4", class_="t-cut")
            return _mark(health, shape, cross)
    circle = element("circle", r=8.5, class_="t-ring t-dashed")
    return _mark(health, circle, line(0, 4.5, "?", "t-sign", text_anchor="middle"))


def _mark(health: Health, *shapes: Markup) -> Markup:
    return element("g", *shapes, class_=f"t-mark t-{health}")


def pill(text: str, class_: str = "") -> tuple[Markup, float]:
    """Return a label in a rounded box, its left end at the origin, and its width."""
    width = len(text) * 6.3 + 14
    box = element("rect", x=0, y=-13, width=number(width), height=18, rx=9, class_="t-pill")
    label = line(width / 2, 0, text, "t-pill-text", text_anchor="middle")
    return element("g", box, label, class_=class_), width


def _attribute(name: str) -> str:
    return name.rstrip("_").replace("_", "-")
