"""The list of jobs: newest first, by cluster and status, a page at a time."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import ValidationError

from api.backend import backend
from api.description.schemas import JobsQuerySchema
from api.http.blueprint import invalid
from api.http.pointers import pointers
from api.page.blueprint import bp
from api.page.job_map import step_status
from api.page.job_progress import progress
from api.page.rendering import kept_fresh, page
from workflows.access import Permission
from workflows.jobs import Job
from workflows.states import JobStatus

SHOWN = 25
MOST_OFFERED = 500
"""Clusters to choose from; the address takes the name of any."""


@dataclass(frozen=True, slots=True)
class Query:
    """What the reader asked to see; empty for all."""

    cluster: str
    status: str
    cursor: str

    def older(self, last: Job) -> str:
        """Return the address of the page after ``last``."""
        asked = {"cluster": self.cluster, "status": self.status, "cursor": last.id}
        return "/jobs?" + urlencode({name: value for name, value in asked.items() if value})


@bp.get("/jobs", needs=Permission.READ)
def list_jobs() -> Response:
    """List jobs; the page asks for itself again to stay fresh, so it is named by its content."""
    query = _query()
    jobs = backend().ledger.jobs(
        cluster=query.cluster or None,
        status=query.status or None,
        limit=SHOWN + 1,
        before=query.cursor or None,
        whole=False,
    )
    shown, more = jobs[:SHOWN], len(jobs) > SHOWN
    response = page(
        "jobs.html",
        jobs=shown,
        query=query,
        older=query.older(shown[-1]) if more else "",
        clusters=_clusters(shown, query),
        statuses=list(JobStatus),
        progress=progress,
        step_status=step_status,
    )
    return kept_fresh(response)


def _query() -> Query:
    """Read the query as the API reads it; a field of the form that was left empty says nothing."""
    sent = {name: value for name, value in request.args.items() if value}
    schema = JobsQuerySchema(only=("cluster", "status", "cursor"))
    try:
        asked: dict[str, Any] = schema.load(sent)
    except ValidationError as error:
        raise invalid(pointers(error.messages, schema)) from None
    return Query(*(str(asked.get(name, "")) for name in ("cluster", "status", "cursor")))


def _clusters(jobs: list[Job], query: Query) -> list[str]:
    """Return the clusters to choose from, also those that are no more but have jobs here."""
    known = set(backend().names.clusters()[:MOST_OFFERED])
    return sorted(known | {job.cluster for job in jobs} | ({query.cluster} - {""}))
