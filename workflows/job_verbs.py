"""What may be asked of a job, by its status, and accepted with a retry of it; pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cluster.actions import Action, Advised
from workflows.states import JOB_TRANSITIONS, JobEvent, JobStatus

POSSIBLE = {
    "cancel": {JobEvent.CANCEL_REQUESTED, JobEvent.CANCELLED},
    "approve": {JobEvent.APPROVED},
    "reject": {JobEvent.REJECTED},
    "retry": {JobEvent.RETRY_REQUESTED},
    "rollback": {JobEvent.ROLLBACK_REQUESTED},
}


def possible(status: JobStatus) -> list[str]:
    """Return what may be asked of a job in this status."""
    return [
        verb
        for verb, events in POSSIBLE.items()
        if any((status, event) in JOB_TRANSITIONS for event in events)
        and not (verb == "cancel" and status in {JobStatus.CANCELLING, JobStatus.CLOSING})
    ]


def asked(job_id: str, verbs: Sequence[str]) -> list[Advised]:
    """Return the actions that ask these things of a job."""
    return [Action(f"{verb}-job").of(job=job_id) for verb in verbs]


def acceptable(findings: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the codes of those findings that keep a step from going on unless accepted."""
    return {
        row["code"] for row in findings if row["severity"] == "refuse" and row.get("acceptable")
    }
