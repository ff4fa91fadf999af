"""Changes: plan one, or have it carried out."""

from typing import Any

from flask import Response

from api.answers import JobSchema, PlanSchema
from api.backend import backend
from api.blueprint import Blueprint
from api.documents import document
from api.hosts import checked_name
from api.idempotency import once
from api.jobs import HEADERS, LOCATION, job_answer
from api.schemas import ChangeRequestSchema
from workflows.kinds import KINDS
from workflows.plan import Change
from workflows.submit import plan_change, submit

EXAMPLES = {
    name: {"summary": kind.summary, "value": {"kind": name, "params": dict(kind.example)}}
    for name, kind in KINDS.items()
}
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 257},
    "description": "Names the request for 24 hours: sent again with the same body, it is answered "
    "with the stored answer. Answers to refused or failed requests are not stored.",
}

bp = Blueprint("changes", __name__, url_prefix="/v1", description="What shall become of a cluster")


def _change(cluster: str, body: dict[str, Any]) -> Change:
    return Change(
        cluster=checked_name(cluster, "cluster"),
        kind=body["kind"],
        params=body["params"],
        accept=frozenset(body["accept"]),
        on_failure=body["on_failure"],
        reason=body["reason"],
    )


@bp.post("/clusters/<cluster>/plans")
@bp.arguments(ChangeRequestSchema, examples=EXAMPLES)
@bp.response(200, PlanSchema, description="The plan, with the findings that refuse it, if any")
def plan(body: dict[str, Any], cluster: str) -> Response:
    """Plan a change; nothing is stored and nothing happens."""
    change = _change(cluster, body)
    found = plan_change(backend().inventory, change)
    allowed = not found.refusals(change.accept)
    return document(found.as_dict() | {"allowed": allowed})


@bp.post("/clusters/<cluster>/changes")
@bp.arguments(ChangeRequestSchema, examples=EXAMPLES)
@bp.response(202, JobSchema, headers=HEADERS | LOCATION, description="The job that carries it out")
@bp.doc(parameters=[KEY])
@once
def request_change(body: dict[str, Any], cluster: str) -> Response:
    """Have a change carried out; nothing has happened to a host when this answers.

    An identical change that is not finished keeps its job.
    """
    change = _change(cluster, body)
    digest = body.get("plan_digest")
    found = submit(backend().ledger, backend().inventory, change, plan_digest=digest)
    return job_answer(found.job, 202)
