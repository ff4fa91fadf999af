"""What Celery workers and reconcilers are told of steps: claims, leases, what remains of a job."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.job_verbs import acceptable
from workflows.ledger.ended import ended
from workflows.step_records import pairs, step_record
from workflows.work import Work


@dataclass(frozen=True, slots=True)
class Claim:
    """The ledger's answer to a Celery worker that wants to run a step."""

    answer: str
    """``run``, ``undo``, ``moved``, ``done``, ``stale``, ``busy`` or ``cancelled``.

    ``moved``: the job is to be planned anew before anything of it is applied.
    """
    tries: int
    work: Work | None
    """Told with ``run`` and ``undo`` only."""


@dataclass(frozen=True, slots=True)
class DueByTime:
    """What has to be done at a moment."""

    now: float
    """By Redis' clock, in seconds since 1970."""
    schedules: tuple[str, ...]
    """Those that may have a slot."""
    held_back: tuple[str, ...]
    """Jobs that wait for their windows, and may begin or are to be looked at anew."""
    changed: tuple[str, ...]
    """Clusters that a schedule has seen changed, each with the schedule."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A claimed step, with the fencing token that every write must carry."""

    job: str
    index: int
    token: str


@dataclass(frozen=True, slots=True)
class Wait:
    """What a step waits for; no error."""

    what: str
    """Half a sentence, for example ``cp-2 is not a voter yet``."""
    after: float | None
    """Seconds until it looks again; ``None`` when a person has to do something first."""
    advice: str = ""
    otherwise: str = ""
    """What cannot be done if it never comes, for example ``cannot see cp-2 settle``."""
    findings: tuple[Mapping[str, Any], ...] = ()
    """What was found instead; told with the error if it never comes.

    While it waits, only those of them are told that a retry may accept.
    """

    def as_dict(self) -> dict[str, Any]:
        fields = {"what": self.what, "asks": self.after is None, "advice": self.advice}
        return fields | {"acceptable": sorted(acceptable(self.findings))}

    def in_vain(self, seconds: float, delay: float | None = None) -> dict[str, Any]:
        """Return the error of an attempt that has waited so long, and does not any longer.

        For a person nobody waits where the step only takes something back before its job rests.
        ``delay`` are the seconds until the next attempt, if there is one.
        """
        message = f"cannot wait any longer: after {seconds:.0f} s it is still so that {self.what}"
        if self.otherwise:
            message = f"{self.otherwise} after {seconds:.0f} s: {self.what}"
        advice = self.advice or "find out why it takes so long, mend that, then retry"
        if self.after is None:
            message = f"{self.otherwise or 'cannot go on without a person'}: {self.what}"
            advice = self.advice or "see to it, then retry"
        then = {} if delay is None else {"transient": True, "retry_in": round(delay, 1)}
        return ended(message, advice) | {"findings": list(self.findings)} | then


@dataclass(frozen=True, slots=True)
class Tail:
    """The steps of a job that remain, ready to be published."""

    job: str
    epoch: int
    site: str
    status: str
    indexes: tuple[int, ...]
    trace_id: str


def of(lease: Lease) -> dict[str, Any]:
    return {"job": lease.job, "index": lease.index, "token": lease.token}


def work_of(
    index: int, job: list[str], step: list[str], hosts: list[str], reached: list[str]
) -> Work:
    cluster, kind, trace_id, text, accept, without = job
    plan = json.loads(text)
    row = pairs(step)
    record = step_record(index, row, pairs(hosts), plan["steps"][index])
    noted = {host: json.loads(row) for host, row in pairs(reached).items()}
    accepted = frozenset(json.loads(accept or "[]"))
    return Work(
        cluster,
        kind,
        trace_id or "",
        plan,
        record,
        noted,
        accept=accepted,
        before=json.loads(row.get("before", "{}")),
        without=frozenset(json.loads(without or "[]")),
        has_waited="waits_since" in row,
    )
