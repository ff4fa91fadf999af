"""How long a job that goes on may still take, as the page says it."""

from api.backend import backend
from clusterwright.estimates import left_in_words
from workflows.jobs import Job
from workflows.past_durations import with_durations
from workflows.states import JobStatus


def left_of(job: Job, now: float) -> str:
    """Say it in a sentence; empty where no past run tells of it, or the job does not go on."""
    estimate = backend().times_left.of(job)
    words = left_in_words(estimate, now)
    if not estimate or not words:
        return ""
    return f"By past runs{' of this cluster' if estimate['of'] == 'cluster' else ''}: {words}."


def takes(job: Job) -> str:
    """Say how long a job takes that waits for approval; empty for any other."""
    if job.status is not JobStatus.AWAITING_APPROVAL or not job.steps:
        return ""
    said = with_durations(backend().redis, job.plan)["durations"]["said"]
    return f"{said[0].upper()}{said[1:]}."
