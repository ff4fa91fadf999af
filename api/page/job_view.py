"""Everything that the page shows of a job at one moment, read from the ledger."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from api.access.principal import principal
from api.backend import backend
from api.page.drill_view import DrillView, drill_view
from api.page.gantt import Gantt, gantt
from api.page.job_failure import Failure, Past, failure_of, past_of
from api.page.job_findings import Group, groups_of, in_words, warnings_of
from api.page.job_history import History, Operation, history_of
from api.page.job_log import Line, lines
from api.page.job_map import JobMap, map_of
from api.page.job_progress import current_step, progress
from api.page.time_left import left_of, takes
from api.page.told import Told
from cluster.actions import documents
from workflows.approvals import is_alone
from workflows.drills.reading import drill_report
from workflows.events import Event
from workflows.jobs import Job
from workflows.states import JobStatus
from workflows.step_records import StepRecord

PAGE = 1000
LINES = 500
"""So many lines of the log are shown, the newest, unless the reader asks for all."""


@dataclass(frozen=True, slots=True)
class WaitsForEnd:
    """A step that a cancel may not interrupt."""

    step: StepRecord
    left: float
    """Seconds until it is ended at the latest."""
    operation: Operation | None
    """What it is at, and when that is ended at the latest."""


@dataclass(frozen=True, slots=True)
class JobView:
    """Everything that the templates show of a job at one moment."""

    job: Job
    history: History
    map: JobMap
    gantt: Gantt
    lines: tuple[Line, ...]
    """The log after ``after``."""
    after: int
    earlier: int
    """How many older lines are not shown."""
    touched: frozenset[int]
    """The steps that have changed since ``after``."""
    now: float
    left: str = ""
    """How long it may still take, in a sentence; empty where no past run tells of it."""
    takes: str = ""
    """How long it would take, in a sentence; empty unless it waits for approval."""
    needs_somebody_else: bool = False
    """Whether it waits for an approval, and not by whoever looks at it: they have asked for it."""
    drill: DrillView | None = None
    """What a drill has shown so far; ``None`` for other kinds, and before a node was stopped."""

    @property
    def possible(self) -> list[str]:
        return self.job.can

    @property
    def actions(self) -> list[dict[str, Any]]:
        """What is advised beside what the job's own buttons do."""
        others = [
            advised for advised in self.job.actions if advised.arguments.get("job") != self.job.id
        ]
        return documents(others)

    @property
    def progress(self) -> str:
        return progress(self.job)

    @property
    def title(self) -> str:
        """The status comes first: a browser's tab has little room."""
        return f"{self.job.status}: {self.job.kind} {self.job.cluster}"

    @property
    def since(self) -> float | None:
        """When the job would have started without its rests, while it is active."""
        since = self.job.running_since
        return None if since is None else since - (self.job.seconds or 0.0)

    @property
    def wrong_step(self) -> int | None:
        """The number of the step whose error is shown without being asked for."""
        error = self.job.error
        return error["index"] + 1 if error else None

    @property
    def current(self) -> int | None:
        """The number of the step that the job is at, or went wrong in."""
        step = current_step(self.job)
        return step.index + 1 if step else None

    @property
    def findings(self) -> list[Group]:
        return groups_of(self.job.findings)

    @property
    def findings_in_words(self) -> str:
        return in_words(self.job.findings)

    @property
    def warnings(self) -> int:
        return warnings_of(self.job.findings)

    @property
    def waits_for_end(self) -> WaitsForEnd | None:
        """What a cancel waits for."""
        step = self.job.carried_to_its_end
        if not step or step.ends_by is None:
            return None
        attempt = self.history.current(step.index)
        operation = attempt.operation if attempt else None
        if operation and operation.until <= self.now:
            operation = None
        return WaitsForEnd(step, max(step.ends_by - self.now, 0.0), operation)

    def failure(self, index: int) -> Failure | None:
        """Return why a step failed: what the banner does not say of it."""
        error = self.job.steps[index].error
        return failure_of(error, _banner(self.job)) if error else None

    def past(self, index: int) -> list[Past]:
        """Return the attempts at a step that went wrong before."""
        attempts = self.history.attempts(index)
        return list(past_of(attempts, has_error=bool(self.job.steps[index].error)))


def view_of(job: Job, after: int, most_lines: int | None = LINES) -> JobView:
    """Read a job's events up to its record, so that both tell of the same moment.

    An ``after`` that the ledger does not know, as after a loss of its data, begins anew.
    """
    events = [event for event in _events(job.id) if event.seq <= job.seq]
    if not 0 <= after <= job.seq:
        after = 0
    news = [event for event in events if event.seq > after]
    shown = len(news) if after or most_lines is None else min(len(news), most_lines)
    history = history_of(events)
    now = time.time()
    return JobView(
        job=job,
        history=history,
        map=map_of(job, history),
        gantt=gantt(job, history, now),
        lines=tuple(lines(job, events, shown)),
        after=after,
        earlier=len(news) - shown,
        touched=_touched(job, news, after),
        now=now,
        left=left_of(job, now),
        takes=takes(job),
        needs_somebody_else=_needs_somebody_else(job),
        drill=_drill(job),
    )


def _drill(job: Job) -> DrillView | None:
    report = drill_report(backend().ledger, job)
    return drill_view(report) if report else None


def _needs_somebody_else(job: Job) -> bool:
    reader = principal()
    if job.status is not JobStatus.AWAITING_APPROVAL or not job.is_asked_by(reader):
        return False
    return not is_alone(backend().ledger, backend().inventory, job, reader)


def _banner(job: Job) -> Told:
    """Return what the top of the page says of a job."""
    error = job.error or {}
    top = [error["message"]] if error else []
    if job.is_finished and error.get("advice"):
        top.append(error["advice"])
    return Told(*top)


def _touched(job: Job, news: Sequence[Event], after: int) -> frozenset[int]:
    """Return the steps that ``news`` are about; what moves the job may have moved any of them."""
    named = {event.step for event in news}
    if not after or None in named:
        return frozenset(range(len(job.steps)))
    return frozenset(index for index in named if index is not None)


def _events(job_id: str) -> Iterator[Event]:
    last, page_of = 0, PAGE
    while page_of == PAGE:
        events = backend().ledger.events(job_id, after=last, limit=PAGE)
        yield from events
        page_of = len(events)
        last = events[-1].seq if events else last
