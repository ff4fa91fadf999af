"""The project's documents as the tests read them."""

import re
from collections.abc import Iterator
from pathlib import Path

from workflows.step_modules import step_module, step_names

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def read(name: str) -> str:
    return (ROOT / name).read_text()


def section(text: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of its level."""
    level = heading.split(" ")[0]
    _, _, rest = text.partition(f"\n{heading}\n")
    assert rest, f"there is no heading {heading!r}"
    return re.split(rf"\n{level} ", rest)[0]


def rows(text: str) -> list[list[str]]:
    """Return the cells of every table row below a table's head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    heads = {place - 1 for place, row in enumerate(cells) if set("".join(row)) <= set("- ")}
    return [
        row
        for place, row in enumerate(cells)
        if place not in heads and not set("".join(row)) <= set("- ")
    ]


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def steps() -> Iterator[tuple[str, str, bool]]:
    """Return each step's name, what its undo does, and whether it is interruptible."""
    for step in map(step_module, step_names()):
        yield step.name, str(step.undo), step.is_interruptible
