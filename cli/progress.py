"""How a job stands, read from its record; pure, and drawn elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
        return at_work(self.worked, self.running_since, now)

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
        worked = at_work(self.worked, self.running_since, now)
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


def at_work(worked: float | None, since: float | None, now: float) -> float | None:
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


def host_view(row: Mapping[str, Any]) -> HostView:
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
        hosts={name: host_view(host) for name, host in row.get("hosts", {}).items()},
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
