"""A job's events in sentences, for its log. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api.page import words
from workflows.host_changes import in_words
from workflows.jobs import Event, Job

OF_JOBS = {
    "accepted": "Accepted",
    "started": "Started",
    "cancel-requested": "A cancel was asked for; it stops at the next safe point",
    "cancelled": "Cancelled; what is done is kept",
    "succeeded": "Succeeded",
    "failed": "Failed",
    "retry-requested": "A retry was asked for",
    "rollback-requested": "A rollback was asked for",
    "rollback-started": "The rollback begins, last step first",
    "rolled-back": "Rolled back; the hosts are free again",
    "stuck": "Stuck: the rollback failed, and a person has to look",
}
OF_STEPS = {
    "started": "begins",
    "resumed": "is taken over: the lease of its Celery worker ended",
    "retried": "failed and is tried again",
    "succeeded": "is done",
    "failed": "failed",
    "interrupted": "was interrupted by the cancel",
    "reopened": "is open again",
    "undo-started": "is being undone",
    "undo-retried": "could not be undone and is tried again",
    "undo-succeeded": "is undone",
    "undo-failed": "could not be undone",
}
OF_HOSTS = ("running", "done", "failed", "skipped")
EVENT_TYPES = (
    *(f"job.{what}" for what in OF_JOBS),
    *(f"step.{what}" for what in OF_STEPS),
    *(f"host.{what}" for what in OF_HOSTS),
    "host.changed",
    "cluster.observed",
)
"""Every type of event; a browser hears only the types that it has asked for by name."""
BAD = frozenset({"failed", "stuck", "undo-failed"})
GOOD = frozenset({"succeeded", "done", "undo-succeeded", "rolled-back"})
WAITS = frozenset({"resumed", "retried", "undo-retried", "cancel-requested", "skipped"})


@dataclass(frozen=True, slots=True)
class Line:
    """One event, told."""

    seq: int
    at: float
    subject: str
    """Whom it is about: ``job``, ``step``, ``host`` or ``cluster``."""
    name: str
    """The step or host; empty for the job and its cluster."""
    text: str
    detail: str
    tone: str
    """``good``, ``bad``, ``waits`` or ``plain``."""

    @property
    def moment(self) -> str:
        """For machines."""
        return datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds")

    @property
    def clock(self) -> str:
        """For people; the day is told by the job."""
        return datetime.fromtimestamp(self.at, UTC).strftime("%H:%M:%S.%f")[:-3]


def lines(job: Job, events: Iterable[Event]) -> Iterator[Line]:
    """Tell events in their order, each once."""
    for event in events:
        yield _line(job, event)


def _line(job: Job, event: Event) -> Line:
    subject, _, what = event.type.partition(".")
    name, text, detail = _told(job, event, subject, what)
    tone = "bad" if what in BAD else "good" if what in GOOD else "plain"
    if what in WAITS:
        tone = "waits"
    return Line(event.seq, event.at, subject, name, text, detail, tone)


def _told(job: Job, event: Event, subject: str, what: str) -> tuple[str, str, str]:
    """Return name, sentence and detail; a type that is not known is told by its word."""
    data = event.data
    if subject == "job":
        return "", OF_JOBS.get(what, what), str(data.get("message", ""))
    if subject == "step":
        return _title(job, event), _step_text(what, data), str(data.get("message", ""))
    if subject == "host":
        return str(data.get("host", "")), _host_text(what, data), str(data.get("detail") or "")
    if subject == "cluster":
        return "", _cluster_text(data), ""
    return "", event.type, ""


def _title(job: Job, event: Event) -> str:
    if event.step is None or not 0 <= event.step < len(job.steps):
        return "a step"
    return f"{event.step + 1}. {job.steps[event.step].title}"


def _step_text(what: str, data: Mapping[str, Any]) -> str:
    text = OF_STEPS.get(what, what)
    attempt = data.get("attempt", 1)
    return f"{text}, attempt {attempt}" if attempt > 1 else text


def _host_text(what: str, data: Mapping[str, Any]) -> str:
    operation = data.get("operation") or ""
    if what == "changed":
        return f"changed in the inventory: {in_words(data.get('changes') or {})}"
    if what == "running":
        return str(operation) or "begins"
    seconds = data.get("seconds") if what != "skipped" else None
    told = what if seconds is None else f"{what} in {words.length(seconds)}"
    return f"{operation}: {told}" if operation else told


def _cluster_text(data: Mapping[str, Any]) -> str:
    if not data.get("has_leader", True):
        return "Cluster observed: the datastore has no leader; quorum is lost"
    alive, voters, tolerance = (data.get(n, 0) for n in ("voters_alive", "voters", "tolerance"))
    survives = f"it survives the loss of {tolerance}" if tolerance else "it survives no loss"
    survives = "quorum is lost" if tolerance < 0 else survives
    return f"Cluster observed: {alive} of {words.counted(voters, 'voter')} alive; {survives}"
