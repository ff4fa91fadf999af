"""The report of a drill as the ledger has it."""

from typing import Any

from workflows.drills.report import STEPS, report
from workflows.job_documents import job_document
from workflows.jobs import Job
from workflows.ledger.ledger import Ledger
from workflows.states import StepStatus

KIND = "drill"


def drills_of(
    ledger: Ledger, cluster: str, *, limit: int, before: str | None = None
) -> list[dict[str, Any]]:
    """Return the reports of a cluster's drills, the newest first; ``before`` is a job's id."""
    jobs = ledger.jobs_of_kind(cluster, KIND, limit=limit, before=before)
    return [found for job in jobs if (found := drill_report(ledger, job))]


def drill_report(ledger: Ledger, job: Job) -> dict[str, Any] | None:
    """Return the report of a job, as far as it has come; ``None`` where it is no drill."""
    if job.kind != KIND:
        return None
    found = {
        step.name: ledger.output(job.id, step.index)
        for step in job.steps
        if step.name in STEPS and step.status == StepStatus.DONE
    }
    return report(job_document(job), found)
