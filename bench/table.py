"""The table of results: on the terminal, and between two marks in the page on performance."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.processes import CannotMeasure

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
HEADINGS = ("what", "ours", "contender", "ratio", "target", "met", "least to most", "rounds")


def rich_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Return the results as a table for the terminal."""
    table = Table(title="median of the rounds; what is emulated is said in docs/performance.md")
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading in {"what", "target"} else "right")
    for row in rows:
        table.add_row(*_cells(row), style="" if row["met"] else "bold red")
    return table


def write_into(page: Path, results: Mapping[str, Any]) -> None:
    """Put the table, its notes and the machine between the page's marks."""
    text = page.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise CannotMeasure(f"cannot write the table into {page}: it needs {BEGIN} and {END} once")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n\n{markdown(results)}\n{END}{after}")


def markdown(results: Mapping[str, Any]) -> str:
    """Return the results as Markdown: the machine, the table, and a note to each row."""
    rows, machine = results["rows"], results["machine"]
    facts = ", ".join(f"{name} {value}" for name, value in machine.items())
    lines = [
        f"Measured on: {facts}.",
        "",
        f"| {' | '.join(HEADINGS)} |",
        "| --- | ---: | ---: | ---: | --- | --- | ---: | ---: |",
        *(f"| {' | '.join(_cells(row))} |" for row in rows),
        "",
        *(f"- **{row['name']}**: {row['note']}" for row in rows if row["note"]),
    ]
    return "\n".join(lines) + "\n"


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
    met = "" if not row["target"] else "yes" if row["met"] else "**no**"
    return (
        row["name"],
        _amount(row["ours"], row["unit"]),
        _amount(row["contender"], row["unit"]),
        ratio,
        row["target"],
        met,
        _extremes(row["spread"].get("ours"), row["unit"]),
        str(row["rounds"]),
    )


def _extremes(found: Mapping[str, float] | None, unit: str) -> str:
    if not found:
        return ""
    return f"{_amount(found['min'], '')} to {_amount(found['max'], unit)}"


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f} {unit}".strip()
