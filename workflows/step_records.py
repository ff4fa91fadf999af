"""Where one step of a job stands, as it is read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.moments import rfc3339
from workflows.states import StepStatus


@dataclass(frozen=True, slots=True)
class StepRecord:
    """Where one step stands."""

    index: int
    name: str
    title: str
    status: StepStatus
    attempt: int
    started: float | None
    finished: float | None
    due: float | None
    hosts: Mapping[str, Mapping[str, Any]]
    error: Mapping[str, Any] | None
    planned_hosts: tuple[str, ...]
    findings: tuple[Mapping[str, Any], ...] = ()
    """What the step had to say though it succeeded; those of a failure stand in its error."""
    seconds: float | None = None
    """Time at work: of all attempts that have ended, those of an undo too."""
    running_since: float | None = None
    """When the attempt began that is at work; ``None`` while none is."""
    ends_by: float | None = None
    """When a step is ended at the latest that a cancel may not interrupt; ``None`` else."""
    is_final: bool = False
    """Whether there is no way back once it has begun."""
    claims: int = 0
    """How often a Celery worker took it up: more often than there were attempts, if it waited."""
    waits_for: Mapping[str, Any] | None = None
    """``what`` it waits for, whether it ``asks`` a person, with ``advice``; ``None`` else."""
    closes: int | None = None
    """The place of the earlier step that it takes back, also where the job stops before it."""
    is_owed: bool = False
    """Whether that step has begun, and is not taken back."""
    is_undone_first: bool = False
    """Whether a rollback undoes it ahead of later steps: it takes lost hosts out."""

    @property
    def hosts_done(self) -> frozenset[str]:
        """Hosts that an earlier attempt finished; a retry leaves them alone."""
        return frozenset(name for name, row in self.hosts.items() if row["status"] == "done")

    @property
    def waited(self) -> float | None:
        """How long it lay still between its attempts, in seconds."""
        return still(self.started, self.running_since or self.finished, self.seconds)

    def as_dict(self) -> dict[str, Any]:
        waiting: dict[str, Any] = {"status": "pending"}
        return {
            "index": self.index,
            "name": self.name,
            "title": self.title,
            "status": str(self.status),
            "attempt": self.attempt,
            "started": self.started,
            "started_time": rfc3339(self.started),
            "finished": self.finished,
            "finished_time": rfc3339(self.finished),
            "running_since": self.running_since,
            "running_since_time": rfc3339(self.running_since),
            "seconds": self.seconds,
            "waited_seconds": self.waited,
            "final": self.is_final,
            "ends_by": self.ends_by,
            "ends_by_time": rfc3339(self.ends_by),
            "due": self.due,
            "due_time": rfc3339(self.due),
            "waits_for": dict(self.waits_for) if self.waits_for else None,
            "owed": self.is_owed,
            "hosts": {host: dict(self.hosts.get(host, waiting)) for host in self.planned_hosts},
            "error": dict(self.error) if self.error else None,
            "findings": [dict(finding) for finding in self.findings],
        }


def pairs(flat: Sequence[str]) -> dict[str, str]:
    """Return a Redis hash, answered by a script as a flat list, as a dictionary."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def seconds_of(row: Mapping[str, str], name: str) -> float | None:
    return int(row[name]) / 1000 if row.get(name) else None


def still(began: float | None, ended: float | None, worked: float | None) -> float | None:
    """Return what of a time was not worked."""
    if began is None or ended is None or worked is None:
        return None
    return round(max(ended - began - worked, 0.0), 3)


def _findings(output: str | None) -> tuple[Mapping[str, Any], ...]:
    """Return the findings of a step's output, which is read only where it has any."""
    if not output or '"findings": [{' not in output:
        return ()
    return tuple(json.loads(output)["findings"])


def step_record(
    index: int, row: Mapping[str, str], hosts: Mapping[str, str], planned: Mapping[str, Any]
) -> StepRecord:
    """Read one step's hash."""
    return StepRecord(
        index=index,
        name=row["name"],
        title=planned["title"],
        status=StepStatus(row["status"]),
        attempt=int(row["attempt"]),
        started=seconds_of(row, "started"),
        finished=seconds_of(row, "finished"),
        due=seconds_of(row, "due"),
        hosts={host: json.loads(text) for host, text in hosts.items()},
        error=json.loads(row["error"]) if row.get("error") else None,
        planned_hosts=tuple(planned["hosts"]),
        findings=_findings(row.get("output")),
        seconds=seconds_of(row, "worked"),
        running_since=seconds_of(row, "running_since"),
        ends_by=seconds_of(row, "ends_by"),
        is_final=row.get("final") == "1",
        claims=int(row.get("claims") or row["attempt"]),
        waits_for=json.loads(row["waits_for"]) if row.get("waits_for") else None,
        closes=int(row["closes"]) if row.get("closes") else None,
        is_owed=row.get("owed") == "1",
        is_undone_first=row.get("undone_first") == "1",
    )
