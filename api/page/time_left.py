"""How long a job that goes on may still take, by past runs of its steps."""

from api.backend import backend
from cluster.drawing.estimates import left_in_words
from workflows.durations import left
from workflows.jobs import Job
from workflows.past_durations import estimated
from workflows.states import PASSED, JobStatus, StepStatus
from workflows.step_records import StepRecord

GOES_ON = frozenset({JobStatus.RUNNING, JobStatus.WAITING})
OVER = frozenset({StepStatus.DONE, StepStatus.LEFT_OUT, *PASSED})


def time_left(job: Job, now: float) -> str:
    """Say it in words; empty for a job that does not go on, or waits for a person."""
    if job.status not in GOES_ON or (job.waits and job.waits["asks"]):
        return ""
    rows = [{"name": step.name, "hosts": step.planned_hosts} for step in job.steps]
    plan = estimated(backend().redis, rows)
    return left_in_words(left(plan, [_spent(job, step, now) for step in job.steps]).as_dict())


def _spent(job: Job, step: StepRecord, now: float) -> float | None:
    """Return how long a step has been at it since the job went on last."""
    if step.status in OVER:
        return None
    if step.status is StepStatus.PENDING or step.started is None:
        return 0.0
    return max(now - max(step.started, job.running_since or 0.0), 0.0)
