"""Where a job stands, in one sentence. Pure."""

from api.page.job_findings import warnings_of
from api.page.words import counted
from workflows.jobs import Job
from workflows.states import JobStatus, StepStatus
from workflows.step_records import StepRecord

AT_WORK = frozenset(
    {StepStatus.RUNNING, StepStatus.RETRYING, StepStatus.WAITING, StepStatus.UNDOING}
)
WRONG = frozenset({StepStatus.FAILED, StepStatus.STUCK})


def progress(job: Job) -> str:
    """Say which step the job is at, and how many there are."""
    count = len(job.steps)
    step = current_step(job)
    done = sum(step.status is StepStatus.DONE for step in job.steps)
    if job.status is JobStatus.AWAITING_APPROVAL:
        return f"{counted(count, 'step')} would be carried out"
    if job.held_since:
        return "Waits for its maintenance window, or for the end of a freeze"
    if job.status is JobStatus.QUEUED:
        return f"Place {job.position} in the queue of {job.cluster}" if job.position else "Queued"
    if job.status is JobStatus.SUCCEEDED:
        warnings = warnings_of(job.findings)
        with_them = f" with {counted(warnings, 'warning')}" if warnings else ""
        left_out = sum(step.status is StepStatus.LEFT_OUT for step in job.steps)
        if left_out:
            return f"{done} of {count} steps are done, {left_out} left out{with_them}"
        return (f"All {count} steps are done" if count != 1 else "Its step is done") + with_them
    if job.status is JobStatus.ROLLED_BACK:
        lost = f", but on {', '.join(sorted(job.without))}: lost for good" if job.without else ""
        return f"Everything that was done is undone{lost}"
    if step is None:
        return f"{done} of {count} steps are done"
    return f"Step {step.index + 1} of {count}{_verb(step)}: {step.title}"


def current_step(job: Job) -> StepRecord | None:
    """Return the step that the job is at, or that it went wrong in."""
    for wanted in (AT_WORK, WRONG):
        found = next((step for step in job.steps if step.status in wanted), None)
        if found:
            return found
    return None


def _verb(step: StepRecord) -> str:
    words = {
        StepStatus.FAILED: " failed",
        StepStatus.STUCK: " could not be undone",
        StepStatus.RETRYING: " is tried again",
        StepStatus.WAITING: " waits",
        StepStatus.UNDOING: " is being undone",
    }
    return words.get(step.status, "")
