"""How a job stands, folded from its record and its events; pure, and drawn elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

SUCCEEDED = "succeeded"
FINISHED = frozenset(
    {
        *(SUCCEEDED, "failed", "cancelled", "rolled-back", "stuck"),
        *("rejected", "expired", "outdated"),
    }
)
ACTIVE = frozenset({"running", "undoing"})
PASSED = frozenset({"undone", "nothing-to-undo", "skipped"})
"""Step statuses that a rollback has behind it."""
OVER = frozenset({"done", "failed", "stuck", *PASSED})
GOES_ON = frozenset({"running", "waiting"})
"""Job statuses in which it is told how long a job still takes."""


@dataclass(frozen=True, slots=True)
class HostView:
    """One host within one step."""

    status: str = "pending"
    operation: str = ""
    detail: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of the job."""

    name: str
    title: str
    status: str = "pending"
    attempt: int = 0
    started: float | None = None
    finished: float | None = None
    worked: float | None = None
    """Seconds of the attempts that have ended."""
    running_since: float | None = None
    """When the attempt began that is at work."""
    ends_by: float | None = None
    """When it is ended at the latest, if a cancel has to wait for it."""
    hosts: Mapping[str, HostView] = field(default_factory=dict)
    """The hosts that the plan names, and any other that something was done on, as a seed."""
    planned: tuple[str, ...] = ()
    error: Mapping[str, Any] | None = None
    last_message: str = ""
    """The last error's message, also of an attempt before."""
    alike: int = 0
    """How many attempts in a row have failed with it."""
    waits_for: Mapping[str, Any] | None = None
    """What it waits for, while it does: ``what`` in words, and ``advice``."""
    last_what: str = ""
    """What it was last seen to wait for, also while it looks anew."""
    looks: int = 0
    """How many looks in a row have found it waiting for that."""
    warnings: int = 0
    """How much it warned of though it succeeded."""
    findings: tuple[Mapping[str, Any], ...] = ()
    """What the step had to say though it succeeded; the record knows them, events only how many."""

    def seconds(self, now: float) -> float | None:
        """Return the time at work, all attempts together, until ``now`` where it goes on."""
        return _at_work(self.worked, self.running_since, now)

    @property
    def waited(self) -> float:
        """Seconds between its attempts."""
        return _still(self.started, self.running_since or self.finished, self.worked)

    @property
    def subject(self) -> str:
        """The planned hosts in short."""
        names = self.planned
        return ", ".join(names) if len(names) <= 4 else f"{len(names)} hosts"


@dataclass(frozen=True, slots=True)
class JobProgress:
    """A job at one moment."""

    id: str
    cluster: str
    kind: str
    status: str
    seq: int
    created: float
    started: float | None
    finished: float | None
    position: int
    waits_for: str | None
    steps: tuple[StepView, ...]
    quorum_before: Mapping[str, Any] | None
    quorum_now: Mapping[str, Any] | None
    quorum_expected: Mapping[str, Any] | None
    next_action: str = ""
    actions: tuple[Mapping[str, Any], ...] = ()
    """What ``next_action`` comes down to."""
    held_by: str = ""
    """The windows and freezes for which it waits; empty unless it does."""
    without: tuple[str, ...] = ()
    """Hosts that were given up as lost."""
    reference: Mapping[str, Any] | None = None
    """What it was asked for outside, such as a ticket."""
    worked: float | None = None
    """Seconds at work before it last came to rest."""
    running_since: float | None = None
    """When it went on last, while it does."""
    estimate: Mapping[str, Any] | None = None
    """When it ends, as far as past runs tell; the record knows it, events do not."""

    @property
    def is_finished(self) -> bool:
        return self.status in FINISHED

    @property
    def has_succeeded(self) -> bool:
        return self.status == SUCCEEDED

    def seconds(self, now: float) -> float:
        """Return the time at work until ``now``; of a job that has not begun, since it came."""
        worked = _at_work(self.worked, self.running_since, now)
        return max(now - self.created, 0.0) if worked is None else worked

    @property
    def waited(self) -> float:
        """Seconds at rest in between, for a person or for its turn."""
        return _still(self.started, self.running_since or self.finished, self.worked)

    @property
    def failed_step(self) -> StepView | None:
        """The step that the job failed in, if it did."""
        if self.status in {SUCCEEDED, "rolled-back"}:
            return None
        return next((step for step in self.steps if step.error and step.status in OVER), None)


def _at_work(worked: float | None, since: float | None, now: float) -> float | None:
    if worked is None and since is None:
        return None
    return (worked or 0.0) + (max(now - since, 0.0) if since is not None else 0.0)


def _still(began: float | None, ended: float | None, worked: float | None) -> float:
    if began is None or ended is None or worked is None:
        return 0.0
    return max(ended - began - worked, 0.0)


def view_of(job: Mapping[str, Any]) -> JobProgress:
    """Read a job as the API answers it."""
    quorum = job.get("quorum") or {}
    return JobProgress(
        id=job["id"],
        cluster=job["cluster"],
        kind=job["kind"],
        status=job["status"],
        seq=job["seq"],
        created=job["created"],
        started=job.get("started"),
        finished=job.get("finished"),
        position=job.get("position") or 0,
        waits_for=job.get("waits_for"),
        steps=tuple(_step(step) for step in job["steps"]),
        quorum_before=quorum.get("before"),
        quorum_now=quorum.get("now"),
        quorum_expected=quorum.get("expected"),
        next_action=job.get("next_action", ""),
        held_by=job.get("held_by") or "",
        actions=tuple(job.get("actions") or ()),
        without=tuple(job.get("without") or ()),
        reference=job.get("reference"),
        worked=job.get("seconds"),
        running_since=job.get("running_since"),
        estimate=job.get("estimate"),
    )


def at_start(view: JobProgress) -> JobProgress:
    """Return the job as it was before its first event, to fold all of them."""
    steps = tuple(map(_not_begun, view.steps))
    return replace(
        view,
        status="queued",
        seq=0,
        started=None,
        finished=None,
        worked=None,
        running_since=None,
        steps=steps,
        quorum_now=None,
        estimate=None,
    )


def changes_plan(event: Mapping[str, Any]) -> bool:
    """Whether the job may have other steps from this event on, or has some of them before it again.

    Events do not tell which: whoever folds them reads the job.
    """
    return event["type"] in {"job.replanned", "job.retry-requested", "step.reopened"}


def changes_estimate(event: Mapping[str, Any]) -> bool:
    """Whether it is known otherwise from this event on when the job ends; the record tells."""
    return event["type"] in {"step.started", "job.deferred"}


def with_plan_of(view: JobProgress, read: JobProgress) -> JobProgress:
    """Return a folded job with the steps of a later reading.

    What was told of steps that are still there stays, but for hosts that a step is not for any
    more, or that it has before it again.
    """
    kept = len(view.steps)
    steps = [
        _as_planned(view.steps[index], step) if index < kept else _not_begun(step)
        for index, step in enumerate(read.steps)
    ]
    return replace(view, steps=tuple(steps), without=read.without)


def _as_planned(step: StepView, read: StepView) -> StepView:
    if step.name != read.name or not read.attempt:
        return _not_begun(read)
    is_open = read.status == "pending"
    hosts = {
        name: host if is_open and host.status == "pending" else step.hosts.get(name, host)
        for name, host in read.hosts.items()
    }
    return replace(step, title=read.title, hosts=hosts, planned=read.planned)


def _not_begun(step: StepView) -> StepView:
    hosts = dict.fromkeys(step.planned, HostView())
    return StepView(step.name, step.title, hosts=hosts, planned=step.planned)


def fold(view: JobProgress, event: Mapping[str, Any]) -> JobProgress:
    """Return the job after an event; one that was seen already changes nothing."""
    if event["seq"] <= view.seq:
        return view
    view = replace(view, seq=event["seq"])
    subject, _, what = event["type"].partition(".")
    if subject == "job":
        return _fold_job(view, event, what)
    if event["type"] == "cluster.observed":
        return replace(view, quorum_now=event["data"])
    index = event.get("step")
    if index is None or not 0 <= index < len(view.steps):
        return view
    steps = list(view.steps)
    change = _fold_step if subject == "step" else _fold_host
    steps[index] = change(steps[index], event, what)
    return replace(view, steps=tuple(steps))


def _fold_job(view: JobProgress, event: Mapping[str, Any], what: str) -> JobProgress:
    status, at = event["status"] or view.status, event["at"]
    waiting, rests = status == "queued", status in FINISHED
    begins = what in {"started", "rollback-started"}
    since = view.running_since or (at if begins else None)
    return replace(
        view,
        status=status,
        started=view.started or (at if begins else None),
        finished=at if rests else None,
        worked=_at_work(view.worked, since, at) if rests else view.worked,
        running_since=None if rests else since,
        position=view.position if waiting else 0,
        waits_for=view.waits_for if waiting else None,
        held_by=str(event["data"].get("because") or "") if what == "held-back" else "",
        estimate=view.estimate if status in GOES_ON else None,
    )


def _fold_step(step: StepView, event: Mapping[str, Any], what: str) -> StepView:
    status, data, at = event["status"] or step.status, event["data"], event["at"]
    if what in {"started", "undo-started"}:
        undo = what == "undo-started" and step.status != "undoing"
        return replace(
            step,
            status=status,
            attempt=data.get("attempt", step.attempt + 1),
            started=step.started or at,
            finished=None,
            running_since=at,
            ends_by=None,
            error=None,
            waits_for=None,
            hosts={name: _reopened(host, undo=undo) for name, host in step.hosts.items()},
        )
    if what == "not-interrupted":
        return replace(step, ends_by=data.get("ends_by"))
    if what == "resumed":
        ended = data.get("lease_ended", at)
        worked = _at_work(step.worked, step.running_since, ended)
        return replace(step, worked=worked, running_since=None)
    if what in {"deferred", "undo-deferred"}:
        step = replace(step, waits_for=data, looks=_looks(step, data), last_what=_what(data))
    elif what != "reopened":
        step = replace(step, waits_for=None, looks=0, last_what="")
    error = data if what in {"retried", "failed", "undo-retried", "undo-failed"} else None
    message = str(error.get("message", "")) if error else step.last_message
    return replace(
        step,
        status=status,
        finished=at if what != "reopened" else None,
        worked=_at_work(step.worked, step.running_since, at),
        running_since=None,
        ends_by=None,
        error=error,
        warnings=int(data.get("warnings") or 0) if what == "succeeded" else 0,
        last_message=message,
        alike=(step.alike + 1 if message == step.last_message else 1) if error else step.alike,
    )


def _what(waits_for: Mapping[str, Any]) -> str:
    return str(waits_for.get("what") or "")


def _looks(step: StepView, waits_for: Mapping[str, Any]) -> int:
    return step.looks + 1 if _what(waits_for) == step.last_what else 1


def _reopened(host: HostView, *, undo: bool) -> HostView:
    """A host that is done stays done in another attempt; an undo begins anew with all."""
    return host if host.status == "done" and not undo else HostView()


def _fold_host(step: StepView, event: Mapping[str, Any], what: str) -> StepView:
    data = event["data"]
    name = data.get("host")
    if not name:
        return step
    return replace(step, hosts={**step.hosts, name: _host({"status": what, **data})})


def _host(row: Mapping[str, Any]) -> HostView:
    return HostView(
        status=row.get("status", "pending"),
        operation=row.get("operation") or "",
        detail=row.get("detail") or "",
        seconds=row.get("seconds"),
    )


def _step(row: Mapping[str, Any]) -> StepView:
    return StepView(
        name=row["name"],
        title=row.get("title", row["name"]),
        status=row["status"],
        attempt=row["attempt"],
        started=row.get("started"),
        finished=row.get("finished"),
        worked=row.get("seconds"),
        running_since=row.get("running_since"),
        ends_by=row.get("ends_by"),
        hosts={name: _host(host) for name, host in row.get("hosts", {}).items()},
        planned=tuple(row.get("hosts", {})),
        error=row.get("error"),
        waits_for=row.get("waits_for"),
        warnings=sum(row["severity"] == "warn" for row in row.get("findings") or ()),
        findings=tuple(row.get("findings") or ()),
    )


def quorum_line(view: JobProgress) -> str:
    """Return what becomes of the quorum, for example ``voters 1 → 3, survives 1``."""
    now, expected = view.quorum_now, view.quorum_expected
    if view.has_succeeded:
        now = now or expected
    before = view.quorum_before["voters"] if view.quorum_before else 0
    if now is None:
        return f"voters {before} → {expected['voters']} planned" if expected else ""
    if not now.get("has_leader", True):
        return "NO QUORUM, the datastore has no leader"
    alive = now["voters_alive"]
    changes = f"{before} → " if before != now["voters"] else ""
    parts = [f"voters {changes}{now['voters']}"]
    if alive != now["voters"]:
        parts.append(f"{alive} alive")
    if expected and expected["voters"] != now["voters"]:
        parts.append(f"{expected['voters']} planned")
    survives = now["tolerance"]
    parts.append("NO QUORUM" if survives < 0 else f"survives {survives}")
    return ", ".join(parts)
