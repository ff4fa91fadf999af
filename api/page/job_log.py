"""A job's events in sentences, for its log. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api.page import words
from api.page.job_history import taken_over
from api.page.told import Told
from workflows.events import Event
from workflows.host_changes import in_words
from workflows.jobs import Job

OF_JOBS = {
    "accepted": "Accepted",
    "held-back": "Waits for its maintenance window, or for the end of a freeze",
    "approval-requested": "Approval is asked for again",
    "approved": "Approved; its plan is carried out as it is, or not at all",
    "rejected": "Rejected; nothing was done",
    "expired": "Expired: nobody approved it in time, and nothing was done",
    "deferred": "Waits for what is not there yet",
    "resumed": "Looks again",
    "started": "Started",
    "cancel-requested": "Cancel requested; it stops at the next safe point",
    "closing-started": "Takes back what must not stay, before it rests",
    "cancelled": "Cancelled; what is done is kept",
    "succeeded": "Succeeded",
    "failed": "Failed",
    "retry-requested": "Retry requested",
    "rollback-requested": "Rollback requested",
    "rollback-started": "The rollback begins, last step first",
    "rolled-back": "Rolled back; the hosts are free again",
    "stuck": "Stuck: the rollback failed, and a person has to look",
    "replanned": "Planned anew, since the cluster is not as it was",
    "outdated": "Outdated: what was agreed to is not what would happen now; nothing was done",
    "back-to-failed": "Does not go on: it rests as failed, as before",
    "back-to-cancelled": "Does not go on: it rests as cancelled, as before",
    "back-to-stuck": "Does not go on: it rests as stuck, as before",
}
OF_STEPS = {
    "started": "begins",
    "resumed": "is taken over",
    "given-back": "was let go by a Celery worker that ends; another takes it up",
    "not-interrupted": "is carried to its end: it may not be interrupted half-way",
    "retried": "failed and is tried again",
    "deferred": "waits for what is not there yet",
    "succeeded": "is done",
    "failed": "failed",
    "interrupted": "was interrupted by the cancel",
    "reopened": "is open again",
    "left-out": "is not tried any more: its hosts are lost",
    "undo-started": "is being undone",
    "undo-retried": "could not be undone and is tried again",
    "undo-deferred": "waits before it can be undone",
    "undo-succeeded": "is undone",
    "undo-not-needed": "has nothing to undo: it changes nothing",
    "undo-skipped": "is not undone: its hosts are given up as lost",
    "undo-failed": "could not be undone",
}
OF_HOSTS = ("running", "done", "failed", "skipped")
EVENT_TYPES = (
    *(f"job.{what}" for what in OF_JOBS),
    *(f"step.{what}" for what in OF_STEPS),
    *(f"host.{what}" for what in OF_HOSTS),
    "host.changed",
    "cluster.observed",
    "cluster.changed",
)
"""Every type of event; a browser hears only the types that it has asked for by name."""
BAD = frozenset({"failed", "stuck", "undo-failed", "outdated", "rejected", "expired"})
GOOD = frozenset({"succeeded", "done", "undo-succeeded", "rolled-back"})
WAITS = frozenset(
    {
        *("resumed", "not-interrupted", "retried", "undo-retried", "cancel-requested", "left-out"),
        *("deferred", "undo-deferred", "approval-requested", "given-back", "held-back"),
        *("skipped", "undo-skipped", "closing-started"),
    }
)


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


def lines(job: Job, events: Sequence[Event], newest: int | None = None) -> Iterator[Line]:
    """Tell the newest of a job's events, in their order; all of them unless told how many.

    A sentence stands there once, and not at all where the top of the page says it.
    """
    teller = _Teller(job)
    first = 0 if newest is None else len(events) - newest
    for place, event in enumerate(events):
        line = teller.tell(event)
        if place >= first:
            yield line


class _Teller:
    """Tells events one after the other, and remembers what it has said."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._told = Told()
        if job.is_finished and job.error:
            self._told.all_of(job.error)
        self._alike: dict[int | None, tuple[str, int]] = {}
        """Why each step failed last, and how many times in a row."""

    def tell(self, event: Event) -> Line:
        subject, _, what = event.type.partition(".")
        name, text, detail = self._words(event, subject, what)
        tone = "bad" if what in BAD else "good" if what in GOOD else "plain"
        if what in WAITS:
            tone = "waits"
        return Line(event.seq, event.at, subject, name, text, detail, tone)

    def _words(self, event: Event, subject: str, what: str) -> tuple[str, str, str]:
        """Return name, sentence and detail; a type that is not known is told by its word."""
        data = event.data
        if subject == "job":
            return "", OF_JOBS.get(what, what), self._of_job(data)
        if subject == "step":
            return self._title(event), *self._of_step(event, what)
        if subject == "host":
            detail = str(data.get("detail") or "")
            return (
                str(data.get("host", "")),
                _host_text(what, data),
                self._told.once(detail) if what == "failed" else detail,
            )
        if event.type == "cluster.changed":
            names = ", ".join(sorted(data.get("changed") or {}))
            return "", f"The cluster is not as it was seen before: {names}", ""
        if subject == "cluster":
            return "", _cluster_text(data), ""
        return "", event.type, ""

    def _of_job(self, data: Mapping[str, Any]) -> str:
        """Say why, or who it was: the token, or a person or sender by name; whether on the page."""
        if data.get("message"):
            return self._told.once(str(data["message"]))
        by = data.get("by") or data.get("requested_by")
        who = by if ":" in str(by) else f"token {by}"
        parts = [f"by {who}{' on the page' if data.get('via') == 'session' else ''}"] if by else []
        parts += [str(data[name]) for name in ("what", "reason") if data.get(name)]
        if data.get("because"):
            parts.append(str(data["because"]))
        if data.get("ends"):
            parts.append(f"it is going to be {data['ends']}")
        if data.get("without"):
            parts.append(f"without {', '.join(data['without'])}")
        return "; ".join(parts)

    def _title(self, event: Event) -> str:
        steps = self._job.steps
        if event.step is None or not 0 <= event.step < len(steps):
            return "a step"
        return f"{event.step + 1}. {steps[event.step].title}"

    def _of_step(self, event: Event, what: str) -> tuple[str, str]:
        text, data = OF_STEPS.get(what, what), event.data
        if what == "resumed":
            return text, taken_over(data)
        if data.get("attempt", 1) > 1:
            text += f", attempt {data['attempt']}"
        message = str(data.get("message", ""))
        if not message:
            return text, ""
        last, count = self._alike.get(event.step, ("", 0))
        count = count + 1 if message == last else 1
        self._alike[event.step] = (message, count)
        if count > 1:
            return f"{text}, {count} times the same", ""
        return text, self._told.once(message)


def _host_text(what: str, data: Mapping[str, Any]) -> str:
    operation = data.get("operation") or ""
    if what == "changed":
        return f"changed in the inventory: {in_words(data.get('changes') or {})}"
    if what == "running":
        return str(operation) or "begins"
    seconds = data.get("seconds") if what != "skipped" else None
    outcome = what if seconds is None else f"{what} in {words.length(seconds)}"
    return f"{operation}: {outcome}" if operation else outcome


def _cluster_text(data: Mapping[str, Any]) -> str:
    if not data.get("has_leader", True):
        return "Cluster observed: the datastore has no leader; quorum is lost"
    alive, voters, tolerance = (data.get(n, 0) for n in ("voters_alive", "voters", "tolerance"))
    survives = f"it survives the loss of {tolerance}" if tolerance else "it survives no loss"
    survives = "quorum is lost" if tolerance < 0 else survives
    return f"Cluster observed: {alive} of {words.counted(voters, 'voter')} alive; {survives}"
