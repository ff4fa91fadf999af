"""When what ran, folded from a job's events: attempts, waits between them, and hosts within them.

Pure. A job's record tells how it stands; only its events tell how it came there.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from workflows.events import Event
from workflows.states import FINISHED, JobStatus


class Outcome(StrEnum):
    """How an attempt, or a host's part in it, ended."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    RETRYING = "retrying"  # a transient error
    WAITED = "waited"  # what it needs was not there yet
    INTERRUPTED = "interrupted"  # a person cancelled the job, or its Celery worker ended politely
    LOST = "lost"  # its Celery worker let the lease end: it was lost, or cut off from Redis
    SKIPPED = "skipped"
    NOT_NEEDED = "not-needed"  # the undo of a step that changes nothing


BEGIN = {"step.started": False, "step.undo-started": True}
"""The events that begin an attempt, and whether it undoes."""
END = {
    "step.succeeded": Outcome.DONE,
    "step.undo-succeeded": Outcome.DONE,
    "step.undo-not-needed": Outcome.NOT_NEEDED,
    "step.undo-skipped": Outcome.SKIPPED,
    "step.retried": Outcome.RETRYING,
    "step.undo-retried": Outcome.RETRYING,
    "step.deferred": Outcome.WAITED,
    "step.undo-deferred": Outcome.WAITED,
    "step.failed": Outcome.FAILED,
    "step.undo-failed": Outcome.FAILED,
    "step.interrupted": Outcome.INTERRUPTED,
    "step.given-back": Outcome.INTERRUPTED,
    "step.resumed": Outcome.LOST,  # told when another takes the step over
}
HOST_END = {
    "host.done": Outcome.DONE,
    "host.failed": Outcome.FAILED,
    "host.skipped": Outcome.SKIPPED,
}


def taken_over(data: Mapping[str, Any]) -> str:
    """Say why another Celery worker goes on with a step."""
    owner = data.get("owner") or "?"
    if data.get("said"):
        return f"{data['said']} ({owner})"
    return f"Celery worker {owner} let its lease end: it was lost, or cut off from Redis"


@dataclass(frozen=True, slots=True)
class Span:
    """A time from ``began`` to ``ended``, which is ``None`` while it lasts."""

    began: float
    ended: float | None

    def until(self, now: float) -> float:
        return now if self.ended is None else self.ended


@dataclass(frozen=True, slots=True)
class HostSpan(Span):
    """One host within one attempt."""

    host: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Operation:
    """What a host was last heard to be at, and the moment at which that is ended."""

    host: str
    name: str
    until: float


@dataclass(frozen=True, slots=True)
class Attempt(Span):
    """One attempt at a step, or at undoing it."""

    number: int
    undo: bool
    outcome: Outcome
    error: Mapping[str, Any] | None
    hosts: tuple[HostSpan, ...]
    next_began: float | None
    """When the attempt after it began."""
    operation: Operation | None = None
    """Of those that run and whose limit is known, the one that may take longest."""
    lost: Mapping[str, Any] | None = None
    """Whose it was, and why, of one that was lost."""

    @property
    def ending(self) -> str:
        """How it ended, in a few words."""
        owner = (self.lost or {}).get("owner")
        return f"lost with Celery worker {owner}" if owner else str(self.outcome)

    @property
    def why(self) -> str:
        """Why it did not succeed; empty where nothing went wrong."""
        if self.outcome is Outcome.LOST:
            return taken_over(self.lost or {})
        return str((self.error or {}).get("message", ""))


@dataclass(frozen=True, slots=True)
class History:
    """What a job's events tell: per step its attempts, and when the job was active at all."""

    steps: Mapping[int, tuple[Attempt, ...]]
    spells: tuple[Span, ...]
    """From a start to an end; between two of them the job waited for a person or its turn."""

    def attempts(self, step: int) -> tuple[Attempt, ...]:
        return self.steps.get(step, ())

    def current(self, step: int) -> Attempt | None:
        """The attempt that runs now."""
        last = self.attempts(step)[-1:]
        return last[0] if last and last[0].ended is None else None


def history_of(events: Iterable[Event]) -> History:
    """Fold a job's events, oldest first."""
    of_steps: dict[int, list[Event]] = defaultdict(list)
    of_job: list[Event] = []
    for event in events:
        (of_job if event.step is None else of_steps[event.step]).append(event)
    steps = {index: tuple(_attempts(rows)) for index, rows in of_steps.items()}
    return History(steps, tuple(_spells(of_job)))


def _spells(events: Sequence[Event]) -> Iterator[Span]:
    began: float | None = None
    for event in events:
        if event.type in {"job.started", "job.rollback-started"} and began is None:
            began = event.at
        elif began is not None and event.status and JobStatus(event.status) in FINISHED:
            yield Span(began, event.at)
            began = None
    if began is not None:
        yield Span(began, None)


def _attempts(events: Sequence[Event]) -> Iterator[Attempt]:
    starts = [place for place, event in enumerate(events) if event.type in BEGIN]
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        yield _attempt(events[start:following], events[following].at if following else None)


def _attempt(events: Sequence[Event], next_began: float | None) -> Attempt:
    first = events[0]
    end = next((event for event in events if event.type in END), None)
    ended = end.data.get("lease_ended", end.at) if end else next_began
    lost = Outcome.LOST if next_began is not None else Outcome.RUNNING
    outcome = END[end.type] if end else lost
    return Attempt(
        began=first.at,
        ended=ended,
        number=first.data.get("attempt", 0),
        undo=BEGIN[first.type],
        outcome=outcome,
        error=end.data if end and "message" in end.data else None,
        hosts=tuple(_hosts(events, ended, outcome)),
        next_began=next_began,
        operation=_operation(events),
        lost=end.data if end and outcome is Outcome.LOST else None,
    )


def _operation(events: Sequence[Event]) -> Operation | None:
    running: dict[str, Operation] = {}
    for event in events:
        host, name = event.data.get("host"), event.data.get("operation")
        if event.type == "host.running" and host and name and event.data.get("limit"):
            if host not in running or running[host].name != name:
                running[host] = Operation(host, name, event.at + event.data["limit"])
        elif event.type in HOST_END and host:
            running.pop(host, None)
    return max(running.values(), key=lambda one: one.until, default=None)


def _hosts(events: Sequence[Event], ended: float | None, outcome: Outcome) -> Iterator[HostSpan]:
    """Tell each host's first and last moment; one that was never ended ends with its attempt."""
    began: dict[str, float] = {}
    last: dict[str, Event] = {}
    for event in events:
        name = event.data.get("host")
        if event.type.startswith("host.") and name:
            # A host whose first word is its last was worked on since the attempt began.
            silent = event.type in {"host.done", "host.failed"}
            began.setdefault(name, events[0].at if silent else event.at)
            last[name] = event
    for name, event in last.items():
        over = HOST_END.get(event.type)
        yield HostSpan(
            began=began[name],
            ended=event.at if over else ended,
            host=name,
            outcome=over or outcome,
        )
