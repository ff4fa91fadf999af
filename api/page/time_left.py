"""How long a job that goes on may still take, as the page says it."""

from api.backend import backend
from cluster.drawing.estimates import left_in_words
from workflows.jobs import Job


def left_of(job: Job, now: float) -> str:
    """Say it in a sentence; empty where no past run tells of it, or the job does not go on."""
    estimate = backend().times_left.of(job)
    words = left_in_words(estimate, now)
    if not estimate or not words:
        return ""
    return f"By past runs{' of this cluster' if estimate['of'] == 'cluster' else ''}: {words}."
