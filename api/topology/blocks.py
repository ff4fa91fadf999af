"""Drawn pieces that know their size, and how they are put below or beside each other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from api.topology.marks import element, moved, number

EMPTY = Markup("")


@dataclass(frozen=True, slots=True)
class Block:
    """Elements whose upper left corner is the origin, and their height."""

    markup: Markup
    height: float


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of one size in rows of so many, in the middle of a width."""

    width: float
    columns: int
    cell_width: float
    cell_height: float
    gap: float

    @classmethod
    def of(
        cls, width: float, count: int, *, narrowest: float, widest: float, height: float, gap: float
    ) -> "Grid":
        """Return the grid with as many columns as fit, and no more than are needed."""
        fitting = max(1, int((width + gap) // (narrowest + gap)))
        rows = -(-count // fitting)
        columns = max(1, -(-count // rows))  # rows of about the same length
        cell = min((width - gap * (columns - 1)) / columns, widest)
        return cls(width, columns, cell, height, gap)

    def corner(self, index: int) -> tuple[float, float]:
        """Return where the upper left corner of a cell is."""
        row, column = divmod(index, self.columns)
        used = self.columns * (self.cell_width + self.gap) - self.gap
        left = (self.width - used) / 2
        step_x, step_y = self.cell_width + self.gap, self.cell_height + self.gap
        return left + column * step_x, row * step_y

    def height(self, count: int) -> float:
        return -(-count // self.columns) * (self.cell_height + self.gap) - self.gap


def stack(
    blocks: Sequence[Block], gap: float, tie: Callable[[float], Markup] | None = None
) -> Block:
    """Put blocks below each other; ``tie`` draws what connects them across the gap."""
    y, parts = 0.0, []
    for place, block in enumerate(blocks):
        if place:
            if tie:
                parts.append(moved(0, y, tie(gap)))
            y += gap
        parts.append(moved(0, y, block.markup))
        y += block.height
    return Block(EMPTY.join(parts), y)


def framed(block: Block, label: str, *, width: float, pad: float, class_: str) -> Block:
    """Put a block, drawn for the width inside, into a box with a label."""
    top = 32.0
    height = top + block.height + pad
    box = element(
        "rect", class_=f"t-box {class_}", width=number(width), height=number(height), rx=12
    )
    title = element("text", label, class_="t-label", x=number(pad), y=21)
    return Block(box + title + moved(pad, top, block.markup), height)
