"""Ids of jobs, which may be shortened wherever a job is named."""

from typing import Any

from flask import g, url_for

from api.backend import backend
from api.description.schemas import JOB_ID
from api.http.problems import Problem
from cluster.actions import Action
from workflows.jobs import Job
from workflows.ledger.refusals import JobNotFound

SHORTEST = 4
MOST_CANDIDATES = 10
HEXADECIMAL = frozenset("0123456789abcdef")


def whole_id(text: str) -> str:
    """Return the id of the one job that is meant; what cannot be an id never reaches Redis.

    Raises ``JobNotFound``, or a ``Problem`` that lists the jobs whose ids begin so.
    """
    start = text.lower()
    if JOB_ID.fullmatch(start):
        return _noted(start)
    if not start or len(start) > 32 or not HEXADECIMAL.issuperset(start):
        raise JobNotFound(f"cannot find job {text[:64]}: no job has that id", Action.LIST_JOBS.of())
    if len(start) < SHORTEST:
        raise JobNotFound(f"cannot find job {text}: give {SHORTEST} signs of its id or more")
    found = backend().ledger.ids(start, MOST_CANDIDATES + 1)
    if len(found) > 1:
        raise _ambiguous(start, found)
    if not found:
        raise JobNotFound(f"cannot find job {text}: no id begins so", Action.LIST_JOBS.of())
    return _noted(found[0])


def _noted(job_id: str) -> str:
    g.job_id = job_id  # for the log
    return job_id


def _ambiguous(start: str, ids: list[str]) -> Problem:
    candidates = [_candidate(backend().ledger.job(job_id)) for job_id in ids[:MOST_CANDIDATES]]
    more = len(ids) > MOST_CANDIDATES
    words = ", ".join(f"{row['id']} ({row['kind']} {row['cluster']})" for row in candidates)
    return Problem(
        "job-ambiguous",
        f"cannot tell which job {start} is: {'more than ' if more else ''}{len(candidates)} begin "
        f"so: {words}",
        {"candidates": candidates, "complete": not more},
    )


def _candidate(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "kind": job.kind,
        "cluster": job.cluster,
        "status": str(job.status),
        "links": {"self": url_for("jobs.show_job", job_id=job.id)},
    }
