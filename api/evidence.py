"""The evidence of a job, as a JSON document with a digest, or as Markdown for a ticket."""

from typing import Any

from flask import Response

from api.backend import backend
from api.description.evidence_answers import EvidenceQuerySchema, EvidenceSchema
from api.http.blueprint import Blueprint
from api.http.documents import ETAG
from api.http.readable import MARKDOWN, in_either_form
from api.jobs import find_job
from workflows.access import Permission
from workflows.evidence.markdown import markdown
from workflows.evidence.reading import evidence_of

bp = Blueprint("evidence", __name__, url_prefix="/v1", description="What a job has shown")


@bp.get("/jobs/<job_id>/evidence", needs=Permission.READ)
@bp.arguments(EvidenceQuerySchema, location="query")
@bp.response(
    200, EvidenceSchema, headers=ETAG, description="The evidence, up to the job's last event"
)
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
@bp.doc(responses={200: {"content": {MARKDOWN: {"schema": {"type": "string"}}}}})
def show_evidence(query: dict[str, Any], job_id: str) -> Response:
    """Show what a job has done: plan, who asked and agreed, times, quorum, log.

    `digest` is a hash of the document, so that who keeps it can show that it is as it was. That of
    a job that has ended stays the same unless somebody has it go on.
    """
    evidence = evidence_of(backend().ledger, find_job(job_id))
    return in_either_form(evidence, markdown, form=query.get("format"))
