"""The report of a drill, as a JSON document or as Markdown."""

from typing import Any

from flask import Response

from api.backend import backend
from api.description.drill_answers import (
    DrillListSchema,
    DrillQuerySchema,
    DrillReportSchema,
    DrillsQuerySchema,
)
from api.http.blueprint import Blueprint
from api.http.documents import ETAG, conditional, document
from api.http.paging import LINK, with_next
from api.http.problems import Problem
from api.http.readable import MARKDOWN, in_either_form
from api.jobs import find_job
from workflows.access import Permission
from workflows.drills.markdown import markdown
from workflows.drills.reading import drill_report, drills_of

bp = Blueprint("drills", __name__, url_prefix="/v1", description="What drills have shown")


@bp.get("/clusters/<name>/drills", needs=Permission.READ)
@bp.arguments(DrillsQuerySchema, location="query")
@bp.response(
    200,
    DrillListSchema,
    headers=LINK | ETAG,
    description="A page of reports, the newest first; `Link` leads to the next",
)
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
def list_drills(query: dict[str, Any], name: str) -> Response:
    """List the drills of a cluster with what each has shown: also of one that is no more."""
    size, cursor = query["per_page"], query.get("cursor")
    found = drills_of(backend().ledger, name, limit=size + 1, before=cursor)
    if not found and not cursor:
        backend().inventory.cluster(name)  # a name that nobody knows is told as such
    following = found[size - 1]["job"]["id"] if len(found) > size else ""
    return with_next(conditional(document({"drills": found[:size]})), following)


@bp.get("/jobs/<job_id>/drill", needs=Permission.READ)
@bp.arguments(DrillQuerySchema, location="query")
@bp.response(200, DrillReportSchema, headers=ETAG, description="The report, as far as it has come")
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
@bp.doc(responses={200: {"content": {MARKDOWN: {"schema": {"type": "string"}}}}})
def show_drill(query: dict[str, Any], job_id: str) -> Response:
    """Show what a drill has shown: the moments T0 to T5, the probes, the verdict.

    A moment that was not seen, and a verdict that was not reached, is null.
    """
    job = find_job(job_id)
    report = drill_report(backend().ledger, job)
    if report is None:
        raise Problem(
            "no-drill", f"job {job.id} is of kind {job.kind}, and only a drill has a report"
        )
    return in_either_form(report, markdown, form=query.get("format"))
