"""The report of a drill as the ledger has it."""

from typing import Any

from workflows.drills.report import STEPS, report
from workflows.jobs import Job
from workflows.ledger.ledger import Ledger
from workflows.states import StepStatus

KIND = "drill"


def drill_report(ledger: Ledger, job: Job) -> dict[str, Any] | None:
    """Return the report of a job, as far as it has come; ``None`` where it is no drill."""
    if job.kind != KIND:
        return None
    found = {
        step.name: ledger.output(job.id, step.index)
        for step in job.steps
        if step.name in STEPS and step.status == StepStatus.DONE
    }
    return report(job.as_dict(), found)
