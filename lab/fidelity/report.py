"""The table as text: Markdown for people, JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from lab.fidelity.compare import Row


def markdown(rows: Sequence[Row], tests: Sequence[Row], head: str) -> str:
    """The report of one run: what was compared, the tables, and the sums."""
    parts = [f"# Emulator and MicroK8s' own parts\n\n{head}\n", "## Commands\n", _table(rows)]
    if tests:
        parts += ["## Tests, run on the snap's own parts\n", _table(tests)]
    return "\n".join(parts)


def as_json(rows: Sequence[Row], tests: Sequence[Row], plan: dict[str, Any]) -> str:
    found = {
        "snap": plan,
        "totals": totals(rows),
        "rows": [row.to_json() for row in rows],
        "tests": [row.to_json() for row in tests],
    }
    return json.dumps(found, indent=2) + "\n"


def totals(rows: Sequence[Row]) -> dict[str, int]:
    return dict(Counter(row.verdict for row in rows))


def summary(rows: Sequence[Row]) -> str:
    """The sums in one line."""
    return ", ".join(f"{number} {verdict}" for verdict, number in totals(rows).items())


def _table(rows: Sequence[Row]) -> str:
    lines = ["| command | situation | verdict | |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {row.command} | {_cell(row.situation)} | {row.verdict} | {_cell(row.detail)} |"
        for row in rows
    ]
    return "\n".join([*lines, "", summary(rows) + ".", ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
