"""The check of a plan: a job that takes nothing asks its hosts, and the answer waits for it."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from flask import g, url_for

from api.access.principal import principal
from api.backend import backend
from api.hub import HubFull
from cluster.findings import Finding, Severity
from workflows.checks import PREFIX
from workflows.inventory import ClusterNotFound
from workflows.jobs import Job
from workflows.plan import Change, Plan
from workflows.states import JobStatus
from workflows.submit import plan_change, submit

LONGEST_WAIT = 50.0
"""Seconds for which an answer waits; many proxies give one up after 60."""
LOOK_SECONDS = 5.0
"""After which a job is looked at without news of it: a lost connection may have kept them back."""


@dataclass(frozen=True, slots=True)
class Check:
    """What became of asking the hosts of a plan."""

    job: Job

    @property
    def is_over(self) -> bool:
        return self.job.is_finished

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found on the hosts, by steps that ended well and by the one that refused."""
        error = self.job.error or {}
        rows: Sequence[Any] = [
            *(row for step in self.job.steps if not step.error for row in step.findings),
            *(error.get("findings") or ()),
        ]
        return tuple(map(Finding.from_dict, rows))

    @property
    def has_asked(self) -> bool:
        """Whether every host was asked: the job did it all, or ended by what it had found."""
        refused = any(row.severity is Severity.REFUSE for row in self.findings)
        return self.job.status is JobStatus.SUCCEEDED or (
            self.job.status is JobStatus.FAILED and refused
        )

    def as_dict(self) -> dict[str, Any]:
        error = self.job.error or {}
        return {
            "job": self.job.id,
            "status": str(self.job.status),
            "detail": "" if self.has_asked else str(error.get("message", "")),
            "links": {"job": url_for("jobs.show_job", job_id=self.job.id)},
        }


def checked(change: Change, plan: Plan) -> tuple[Plan, Check | None]:
    """Ask the hosts of a plan; return it as it is then, with what they had to say.

    Nobody is asked for a plan that is refused as it is, nor for one that asks no host first.
    """
    if plan.refusals(change.accept):
        return plan, None
    asking = replace(
        change, kind=PREFIX + change.kind, on_failure="stop", approve_within=0, reason=""
    )
    stores = backend().ledger, backend().inventory
    if not plan_change(*stores, asking).steps:
        return plan, None
    found = submit(*stores, asking, trace_id=g.trace_id, by=principal())
    check = Check(_ended(found.job))
    if not check.has_asked:
        return plan, check
    return plan_change(*stores, change).with_findings(*_seen(check.job), *check.findings), check


def _seen(job: Job) -> tuple[Finding, ...]:
    """Return what is otherwise in the cluster than it should be, if the job has looked at it.

    All of it warns: whether the change is refused for it is for the plan to say.
    """
    if not any(step.name == "observe" for step in job.steps):
        return ()
    with suppress(ClusterNotFound):  # it was taken apart meanwhile, and the plan says so
        seen = backend().inventory.cluster(job.cluster).observation
        rows = seen.findings if seen else ()
        return tuple(
            replace(row, severity=Severity.WARN) if row.severity is Severity.REFUSE else row
            for row in rows
        )
    return ()


def _ended(job: Job) -> Job:
    """Return a job once it is finished, or as it is when the time is over or news stop coming."""
    hub, ledger = backend().hub, backend().ledger
    deadline = time.monotonic() + LONGEST_WAIT
    try:
        place = hub.subscribe(job.id)
    except HubFull:
        return job
    try:
        job = ledger.job(job.id)
        while not (job.is_finished or place.dropped) and (left := deadline - time.monotonic()) > 0:
            place.next(min(left, LOOK_SECONDS))
            job = ledger.job(job.id)
        return job
    finally:
        hub.leave(place)
