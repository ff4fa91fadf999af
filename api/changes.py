"""Changes: plan one, or have it carried out."""

from typing import Any

from flask import Response, g

from api.access.acts import note
from api.access.principal import principal
from api.advice import with_requests
from api.backend import backend
from api.checks import checked
from api.description.job_answers import JobSchema
from api.description.plan_answers import PlanSchema
from api.description.schemas import ChangeRequestSchema, PlanQuerySchema
from api.hosts import checked_name
from api.http.blueprint import Blueprint
from api.http.documents import document
from api.http.pointers import MOST_TOLD
from api.http.request_keys import keys_of
from api.http.request_log import HEADER as TRACE
from api.jobs import HEADERS, LOCATION, job_answer
from api.told_plans import told
from workflows.access import Permission
from workflows.approvals import approval_of_plan
from workflows.kinds import KINDS
from workflows.plan import Change
from workflows.process.tracing import traceparent
from workflows.submit import plan_change, submit

EXAMPLES = {
    name: {"summary": kind.summary, "value": {"kind": name, "params": dict(kind.example)}}
    for name, kind in KINDS.items()
}
KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Names the request for 24 hours: sent again with the same body, it leads to the "
    "same job, also twenty times at once. A refused request is not remembered.",
}

TRACEPARENT = {
    "in": "header",
    "name": TRACE,
    "schema": {"type": "string", "pattern": "^[0-9a-f]{2}(-[0-9a-f]+)+$"},
    "description": "The caller's trace (W3C Trace Context); the job belongs to it, and every log "
    "line of the job tells it. What is not valid is replaced by a trace of our own.",
}
TRACE_OF_JOB = {
    TRACE: {
        "description": "The trace that the job belongs to: an earlier one where an unfinished job "
        "is kept",
        "schema": {"type": "string"},
    }
}

EXISTING = "Clusterwright-Existing-Job"
EXISTING_JOB = {
    EXISTING: {
        "description": "The change is being carried out already, by a job of before",
        "schema": {"type": "string", "const": "true"},
    }
}

bp = Blueprint("changes", __name__, url_prefix="/v1", description="What shall become of a cluster")


def change_of(cluster: str, body: dict[str, Any]) -> Change:
    """Return the change that a checked request asks for."""
    return Change(
        cluster=checked_name(cluster, "cluster"),
        kind=body["kind"],
        params=body["params"],
        accept=frozenset(body["accept"]),
        on_failure=body["on_failure"],
        reason=body["reason"],
        approve_within=body["approve_within"],
    )


def asked(change: Change) -> dict[str, Any]:
    """Return what the audit log tells of a change that is asked for; params may hold anything."""
    return {"kind": change.kind, "digest": change.digest, "reason": change.reason}


@bp.post("/clusters/<cluster>/plans", needs=Permission.PLAN, changes=False)
@bp.arguments(ChangeRequestSchema, examples=EXAMPLES)
@bp.arguments(PlanQuerySchema, location="query")
@bp.response(200, PlanSchema, description="The plan, with the findings that refuse it, if any")
@bp.alt_response(
    202,
    schema=JobSchema,
    headers=HEADERS | LOCATION,
    description="With `check`: the hosts are still being asked, by this job",
)
def plan(body: dict[str, Any], query: dict[str, bool], cluster: str) -> Response:
    """Plan a change; nothing happens.

    Without `check` no host is asked. With it, they are: by a job that takes nothing, neither the
    cluster nor a host, and whose findings are part of the answer. A plan that is refused as it is
    asks nobody. For a day it is known what was planned, so that a later post is told what differs.
    """
    change = change_of(cluster, body)
    found = plan_change(backend().ledger, backend().inventory, change)
    check = None
    if query["check"]:
        found, check = checked(change, found)
    if check and not check.is_over:
        return job_answer(check.job)
    body = with_requests(told(found, with_changes=query["changes"])) | {
        "allowed": not found.refusals(change.accept),
        "checked": check is not None and check.has_asked,
        "check": check.as_dict() if check else None,
        "connections": found.connections,
        "approval": approval_of_plan(backend().inventory, change, found, principal()).as_dict(),
    }
    left = max(len(body["findings"]) - MOST_TOLD, 0)
    body["findings"] = body["findings"][:MOST_TOLD]
    return document(body | {"findings_left_out": left})


@bp.post("/clusters/<cluster>/changes", needs=Permission.CHANGE)
@bp.arguments(ChangeRequestSchema, examples=EXAMPLES)
@bp.response(
    202,
    JobSchema,
    headers=HEADERS | LOCATION | TRACE_OF_JOB,
    description="The job that carries it out",
)
@bp.alt_response(
    200,
    schema=JobSchema,
    headers=HEADERS | LOCATION | TRACE_OF_JOB | EXISTING_JOB,
    description="An unfinished job does the same already; `not_taken` has what it does not take",
)
@bp.doc(parameters=[KEY, TRACEPARENT])
def request_change(body: dict[str, Any], cluster: str) -> Response:
    """Have a change carried out; nothing has happened to a host when this answers.

    An identical change that is not finished keeps its job: it is answered with 200, the header
    `Clusterwright-Existing-Job`, and what of this request the job does not take over.
    """
    change = change_of(cluster, body)
    digest = body.get("plan_digest")
    note(after=asked(change))
    stores = backend().ledger, backend().inventory
    found = submit(
        *stores,
        change,
        plan_digest=digest,
        trace_id=g.trace_id,
        by=principal(),
        keys=keys_of(body),
    )
    note(after={"job": found.job.id})
    if found.created:
        response = job_answer(found.job)
    else:
        response = job_answer(found.job, 200, not_taken=found.not_taken)
        response.headers[EXISTING] = "true"
    if found.is_repeated:
        response.headers["Idempotency-Replayed"] = "true"
    response.headers[TRACE] = traceparent(found.job.trace_id, g.trace_flags)
    return response
