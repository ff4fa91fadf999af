"""Credentials that jobs issued: what the authority signed, and where the API is; never a key."""

from flask import Response

from api.backend import backend
from api.description.credential_answers import CredentialSchema
from api.http.blueprint import Blueprint
from api.http.documents import ETAG, conditional, document
from api.http.problems import Problem
from api.jobs import find_job
from workflows.access import Permission
from workflows.states import StepStatus

bp = Blueprint("credentials", __name__, url_prefix="/v1", description="Credentials of clusters")
STEP = "issue_credential"


@bp.get("/jobs/<job_id>/credential", needs=Permission.READ)
@bp.response(200, CredentialSchema, headers=ETAG, description="The credential, without its key")
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
def show_credential(job_id: str) -> Response:
    """Show what a job of the kind `issue-kubeconfig` had signed, and where the API is reached.

    Nothing of it is secret: only whoever asked has the key, without which it opens nothing.
    """
    job = find_job(job_id)
    done = [step for step in job.steps if step.name == STEP and step.status is StepStatus.DONE]
    if not done:
        raise Problem(
            "no-credential",
            f"cannot show a credential of job {job.id[:8]} ({job.kind}, {job.status}): it has "
            "issued none",
        )
    found = backend().ledger.output(job.id, done[-1].index)
    return conditional(document(found | {"job": job.id, "cluster": job.cluster}))
