"""Writes the tables and diagrams of docs/states.md from ``workflows/states.py``.

Run ``.venv/bin/python scripts/states.py`` after a change of the tables; a test compares the two.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from workflows.states import (
    FINISHED,
    JOB_TRANSITIONS,
    STEP_TRANSITIONS,
    JobEvent,
    JobStatus,
    StepEvent,
    StepStatus,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "states.md"
Table = Mapping[Any, StrEnum]


def render() -> str:
    """Return the whole page."""
    resting = ", ".join(f"`{status}`" for status in JobStatus if status in FINISHED)
    return f"""# States

What can happen to a job and to a step, and nothing else can.
This page is written by `scripts/states.py` from the two tables in `workflows/states.py`.
The script in Redis that moves jobs and steps is given the same tables.

A pair that has no row is refused.
What each status means for you is in [runbook.md](runbook.md).

## Jobs

{_diagram(JOB_TRANSITIONS, JobStatus.AWAITING_APPROVAL, JobStatus.QUEUED)}

{_table(JOB_TRANSITIONS, JobStatus, JobEvent)}

Where a job is {resting}, it moves on only when a person asks for it, if at all.

## Steps

{_diagram(STEP_TRANSITIONS, StepStatus.PENDING)}

{_table(STEP_TRANSITIONS, StepStatus, StepEvent)}

A step that is `started` or `undo-started` again while it runs has lost its Celery worker.
"""


def _table(table: Table, statuses: Iterable[StrEnum], events: Iterable[StrEnum]) -> str:
    """Return one row for each event that a status allows, in the order of the enums."""
    rows = ["| status | event | becomes |", "| --- | --- | --- |"]
    for status in statuses:
        for event in events:
            if (status, event) in table:
                rows.append(f"| {status} | {event} | {table[status, event]} |")
    return "\n".join(rows)


def _diagram(table: Table, *first: StrEnum) -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    [*] --> {_word(status)}" for status in first]
    lines += [f"    {_word(old)} --> {_word(new)}: {event}" for (old, event), new in table.items()]
    return "\n".join([*lines, "```"])


def _word(status: StrEnum) -> str:
    """Mermaid's names have no hyphens."""
    return status.replace("-", "_")


if __name__ == "__main__":
    PAGE.write_text(render())
