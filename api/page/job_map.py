"""The map of a job: a row per host, a column per step, and what each host is at in each step.

Pure. The record keeps what each host said last; here that is read together with the step, which
may have moved on: a host that failed in attempt 1 waits again once attempt 2 has begun.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from api.page.job_findings import warnings_of
from api.page.job_history import History
from workflows.jobs import Job
from workflows.states import StepStatus
from workflows.step_records import StepRecord

NO_ROW: Mapping[str, Any] = {"status": "pending"}


class CellStatus(StrEnum):
    """What a host is at in one step; a step's statuses, and one that only a host has."""

    PENDING = "pending"
    RUNNING = "running"
    RETRYING = "retrying"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    LEFT_OUT = "left-out"
    UNDOING = "undoing"
    UNDONE = "undone"
    NOTHING_TO_UNDO = "nothing-to-undo"
    STUCK = "stuck"
    ABSENT = "absent"  # the step has nothing to do with the host


UNDONE_NAMES = {
    "pending": CellStatus.DONE,
    "running": CellStatus.UNDOING,
    "done": CellStatus.UNDONE,
    "failed": CellStatus.FAILED,
    "skipped": CellStatus.SKIPPED,
}
"""What a host's row means while its step is being undone."""
OVER = {
    StepStatus.DONE: CellStatus.DONE,
    StepStatus.UNDONE: CellStatus.UNDONE,
    StepStatus.NOTHING_TO_UNDO: CellStatus.NOTHING_TO_UNDO,
    StepStatus.SKIPPED: CellStatus.SKIPPED,
    StepStatus.LEFT_OUT: CellStatus.LEFT_OUT,
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One host in one step."""

    status: CellStatus
    attempt: int = 0
    operation: str = ""
    detail: str = ""
    seconds: float | None = None
    since: float | None = None
    """When what lasts began."""
    warnings: int = 0
    """How much was warned of though it is done."""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column: one step."""

    index: int
    name: str
    title: str
    status: CellStatus
    attempt: int
    seconds: float | None
    """Time at work, all attempts together."""
    waited: float | None
    """Time between them."""
    since: float | None
    due: float | None
    warnings: int

    @property
    def number(self) -> int:
        """Steps are counted from 1 for people."""
        return self.index + 1

    @property
    def label(self) -> str:
        """The step's name in words, short enough for the head of a column."""
        return self.name.replace("_", " ").replace("microk8s", "MicroK8s")


@dataclass(frozen=True, slots=True)
class Row:
    """One host's way through the steps."""

    host: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class JobMap:
    """Hosts and steps of one job."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def cell(self, host: str, index: int) -> Cell:
        """Return what a host is at in a step."""
        row = next((row for row in self.rows if row.host == host), None)
        return row.cells[index] if row else Cell(CellStatus.ABSENT)


def map_of(job: Job, history: History) -> JobMap:
    """Return the map of a job, its hosts in the order in which the plan first names them.

    A host that a step does something on without being planned for it, as a seed, is shown, too.
    """
    columns = tuple(_column(step) for step in job.steps)
    planned = [host for step in job.steps for host in step.planned_hosts]
    hosts = dict.fromkeys([*planned, *(host for step in job.steps for host in step.hosts)])
    return JobMap(columns, tuple(Row(host, tuple(_cells(job, host, history))) for host in hosts))


def step_status(step: StepRecord) -> CellStatus:
    """Return a step's status; an undo that waits for its next attempt is retrying, too."""
    if step.status is StepStatus.UNDOING and step.due is not None:
        return CellStatus.RETRYING
    return CellStatus(step.status)


def _column(step: StepRecord) -> Column:
    since = step.running_since
    return Column(
        index=step.index,
        name=step.name,
        title=step.title,
        status=step_status(step),
        attempt=step.attempt,
        seconds=step.seconds,
        waited=step.waited,
        # Attempts before it count as if they had ended right now.
        since=None if since is None else since - (step.seconds or 0.0),
        due=step.due,
        warnings=_warnings(step),
    )


def _cells(job: Job, host: str, history: History) -> Iterator[Cell]:
    for step in job.steps:
        if host not in step.planned_hosts and host not in step.hosts:
            yield Cell(CellStatus.ABSENT)
        else:
            yield _cell(step, step.hosts.get(host, NO_ROW), host, history)


def _cell(step: StepRecord, row: Mapping[str, Any], host: str, history: History) -> Cell:
    status = status_of(step, row)
    if status is CellStatus.PENDING:
        return Cell(status, attempt=step.attempt)
    if status is CellStatus.DONE and row["status"] != "done":
        return Cell(status)  # what it said last is of an attempt that is over
    lasts = status in {CellStatus.RUNNING, CellStatus.UNDOING}
    return Cell(
        status,
        attempt=row.get("attempt", 0),
        operation=row.get("operation") or "",
        detail=row.get("detail") or "",
        seconds=None if lasts else row.get("seconds"),
        since=_since(step, host, history) if lasts else None,
        warnings=_warnings(step, host),
    )


def _warnings(step: StepRecord, host: str | None = None) -> int:
    return warnings_of(step.findings, host) if step.status is StepStatus.DONE else 0


def status_of(step: StepRecord, row: Mapping[str, Any]) -> CellStatus:
    """Return how a host stands in a step: what it said last may be of an attempt that is over."""
    host_status = row["status"]
    if step.status in OVER:
        return CellStatus.SKIPPED if host_status == "skipped" else OVER[step.status]
    if step.status in {StepStatus.UNDOING, StepStatus.STUCK}:
        return UNDONE_NAMES[host_status if _is_of_this_attempt(step, row) else "pending"]
    if host_status == "done":
        return CellStatus.DONE
    if step.status is StepStatus.PENDING or not _is_of_this_attempt(step, row):
        return CellStatus.PENDING  # interrupted, reopened, or not reached in this attempt
    if host_status == "running" and step.status is not StepStatus.RUNNING:
        return CellStatus.PENDING  # the attempt ended without a word of this host
    return CellStatus(host_status)


def _is_of_this_attempt(step: StepRecord, row: Mapping[str, Any]) -> bool:
    """Tell news from what an earlier attempt left; what is done stays done in an undo, too."""
    return row["status"] == "done" or bool(row.get("attempt", step.attempt) == step.attempt)


def _since(step: StepRecord, host: str, history: History) -> float | None:
    attempt = history.current(step.index)
    if attempt is None:
        return None
    return next((span.began for span in attempt.hosts if span.host == host), attempt.began)
