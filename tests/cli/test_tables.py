"""Tables of the command line, on terminals of all widths and in pipes."""

import io

import pytest
from rich.console import Console

from cli import tables

COLUMNS = ("job", "cluster", "kind", "status", "created", "took")
ROW = ("143d163e62e3", "try", "create-cluster", "✓ succeeded", "2026-11-28 11:38:55", "10.4s")


@pytest.fixture
def shown(monkeypatch):
    def shown(width, *, is_terminal=True):
        file = io.StringIO()
        console = Console(file=file, width=width, force_terminal=is_terminal, color_system=None)
        monkeypatch.setattr(tables, "console", lambda: console)
        tables.print_rows(COLUMNS, [ROW])
        return file.getvalue()

    return shown


@pytest.mark.parametrize("width", [40, 60, 80])
def test_nothing_is_cut_away_on_a_narrow_terminal(shown, width):
    told = shown(width)

    assert "…" not in told
    assert ROW[0] in told
    assert max(map(len, told.splitlines())) <= width
    letters = sorted(letter for letter in "".join(told.split()) if letter != "─")
    assert letters == sorted("".join((*COLUMNS, *ROW)).replace(" ", ""))


def test_a_row_that_fits_stays_in_one_line(shown):
    assert "created" in shown(80).splitlines()[0]
    assert all(cell in shown(80).splitlines()[-1] for cell in ROW)


def test_a_pipe_gets_every_cell_whole_whatever_the_width(shown):
    head, row = shown(20, is_terminal=False).splitlines()

    assert head.split() == list(COLUMNS)
    assert [cell.strip() for cell in row.split("  ") if cell.strip()] == list(ROW)
