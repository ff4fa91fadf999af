"""Tables: drawn for a terminal, and whole for whatever reads a pipe."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from cli.output import console

Cell = str | Text


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Print rows under the names of their columns.

    Where a terminal is too narrow for the rows, cells go on in a second line; what a row is named
    by stays whole, to be copied. A pipe gets every cell whole, as wide as the widest of its
    column, and no line that is neither head nor row.
    """
    out = console()
    if out.is_terminal:
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
        for place, column in enumerate(columns):
            table.add_column(column, no_wrap=place == 0, overflow="fold")
        for row in rows:
            table.add_row(*row)
        out.print(table)
        return
    plain = [list(columns), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in plain) for place in range(len(columns))]
    for row in plain:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        out.print(line.rstrip(), soft_wrap=True)
