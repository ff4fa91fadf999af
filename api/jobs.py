"""Jobs: list and show them, wait for news of one, cancel, retry or roll back."""

import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from flask import Response, url_for

from api.access.acts import note
from api.access.principal import principal
from api.backend import backend
from api.description.job_answers import JobListSchema, JobSchema
from api.description.schemas import (
    ApproveSchema,
    JobQuerySchema,
    JobsQuerySchema,
    RejectSchema,
    RetrySchema,
    RollbackSchema,
    VerbSchema,
)
from api.http.blueprint import Blueprint
from api.http.documents import conditional, document
from api.http.paging import LINK, with_next
from api.http.preconditions import IF_MATCH, demand_match
from api.hub import HubFull
from api.job_answers import JobAnswer, written
from api.job_asks import ask_of_job
from api.job_ids import whole_id
from workflows.access import Forbidden, Permission
from workflows.job_documents import job_row
from workflows.jobs import Job
from workflows.permits import permit_job

POLL_SECONDS = "2"
HEADERS = {
    "Retry-After": {
        "description": "Seconds until the next poll makes sense; absent when the job is finished",
        "schema": {"type": "integer"},
    },
    "ETag": {"description": "Names this state of the job", "schema": {"type": "string"}},
}
ENTITY_TAG = {"ETag": HEADERS["ETag"]}
LOCATION = {"Location": {"description": "The job", "schema": {"type": "string"}}}

bp = Blueprint("jobs", __name__, url_prefix="/v1", description="Changes being carried out")


def find_job(job_id: str) -> Job:
    """Return the job that an id, or the beginning of one, stands for."""
    return backend().ledger.job(whole_id(job_id))


def job_answer(job: Job, status: int = 202, **more: Any) -> Response:
    """Return a job that was asked for something, with its links, and when to look at it again."""
    answer = written(job, backend().times_left.of(job), **more)
    return _response(answer, status, location=True)


def _response(answer: JobAnswer, status: int = 200, *, location: bool = False) -> Response:
    body = b"" if status == 304 else answer.body
    response = Response(body, status, mimetype="application/json")
    response.set_etag(answer.etag)
    response.headers["Cache-Control"] = "no-cache"
    if not answer.is_finished:
        response.headers["Retry-After"] = POLL_SECONDS
    if location:
        response.headers["Location"] = answer.path
    return response


@bp.get("/jobs", needs=Permission.READ, form_field="cluster")
@bp.arguments(JobsQuerySchema, location="query")
@bp.response(
    200,
    JobListSchema,
    headers=LINK | ENTITY_TAG,
    description="A page of jobs; `Link` leads to the next",
)
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
def list_jobs(query: dict[str, Any]) -> Response:
    """List jobs, newest first.

    Those of one `cluster` are listed for whoever may read that one; those of all need it for all.
    """
    size, cursor = query["per_page"], query.get("cursor")
    jobs = backend().ledger.jobs(
        cluster=query.get("cluster"),
        status=query.get("status"),
        limit=size + 1,
        before=cursor,
        whole=False,
    )
    rows = list(map(job_row, _readable(jobs[:size])))
    for row in rows:
        row["links"] = {
            "self": url_for("jobs.show_job", job_id=row["id"]),
            "page": url_for("page.show_job", job_id=row["id"]),
        }
    following = jobs[size - 1].id if len(jobs) > size else ""
    return with_next(conditional(document({"jobs": rows})), following)


def _readable(jobs: Sequence[Job]) -> Iterator[Job]:
    """Yield the jobs that may be told of; each cluster's record is looked at once."""
    told: dict[tuple[str, str], bool] = {}
    for job in jobs:
        place = (job.cluster, job.founds)
        if place not in told:
            told[place] = _may_read(job)
        if told[place]:
            yield job


def _may_read(job: Job) -> bool:
    """Whether a job may be told of: of a cluster that is not there its jobs say what it is for."""
    try:
        permit_job(backend().inventory, principal(), Permission.READ, job)
    except Forbidden:
        return False
    return True


@bp.get("/jobs/<job_id>", needs=Permission.READ)
@bp.arguments(JobQuerySchema(), location="query")  # an instance: this is polled
@bp.response(200, JobSchema, headers=HEADERS, description="The job")
@bp.alt_response(304, description="Nothing is new, by `If-None-Match` or after `wait` seconds")
def show_job(query: dict[str, int], job_id: str) -> Response:
    """Show a job, at once or when there is news of it."""
    job_id = whole_id(job_id)
    answer = backend().job_answers.find(job_id)
    after = query.get("after", answer.seq)
    if query["wait"] and answer.seq <= after and not answer.is_finished:
        answer = _wait(job_id, answer, after, query["wait"])
        if answer.seq <= after:
            return _response(answer, 304)
    return conditional(_response(answer))


def _wait(job_id: str, answer: JobAnswer, after: int, seconds: int) -> JobAnswer:
    """Return the job when it has news or the time is over; at once when the hub is full."""
    hub, answers = backend().hub, backend().job_answers
    deadline = time.monotonic() + seconds
    try:
        place = hub.subscribe(job_id)
    except HubFull:
        return answer
    try:
        answer = answers.find(job_id)
        while answer.seq <= after and (left := deadline - time.monotonic()) > 0:
            place.next(left)
            answer = answers.find(job_id)
        return answer
    finally:
        hub.leave(place)


@bp.post("/jobs/<job_id>/cancel", needs=Permission.CHANGE)
@bp.arguments(VerbSchema, required=False)
@bp.response(202, JobSchema, headers=LOCATION, description="It stops at the next safe point")
@bp.doc(parameters=[IF_MATCH])
def cancel_job(_: dict[str, Any], job_id: str) -> Response:
    """Ask a job to stop at the next safe point; what is done is kept."""
    return ask("cancel", job_id)


@bp.post("/jobs/<job_id>/retry", needs=Permission.CHANGE)
@bp.arguments(RetrySchema, required=False)
@bp.response(202, JobSchema, headers=LOCATION, description="It goes on from the step that failed")
@bp.doc(parameters=[IF_MATCH])
def retry_job(body: dict[str, Any], job_id: str) -> Response:
    """Go on with a failed or cancelled job; hosts that are done are left alone.

    `accept` takes findings that ended the job and can be accepted; they stay accepted. `without`
    names hosts that are lost for good and no nodes yet: the job is planned anew without them, what
    is done stays, and they are free when it is at its end.
    """
    return ask("retry", job_id, accept=body["accept"], without=body["without"])


@bp.post("/jobs/<job_id>/approve", needs=Permission.APPROVE)
@bp.arguments(ApproveSchema, required=False)
@bp.response(202, JobSchema, headers=LOCATION, description="Its plan is carried out, or nothing is")
@bp.doc(parameters=[IF_MATCH])
def approve_job(body: dict[str, Any], job_id: str) -> Response:
    """Agree to the plan of a job that waits for approval.

    What is carried out is this plan: where the cluster is no longer as it was, the job ends as
    `outdated`, with what differs. Who has asked for a job does not approve it: 403 `four-eyes`,
    unless nobody else may approve it and the policy does not ask always.
    """
    return ask("approve", job_id, digest=body.get("plan_digest"))


@bp.post("/jobs/<job_id>/reject", needs=Permission.APPROVE)
@bp.arguments(RejectSchema, required=False)
@bp.response(202, JobSchema, headers=LOCATION, description="Nothing was done, and nothing will be")
@bp.doc(parameters=[IF_MATCH])
def reject_job(body: dict[str, Any], job_id: str) -> Response:
    """Do not agree to a job that waits for approval."""
    return ask("reject", job_id, reason=body["reason"])


@bp.post("/jobs/<job_id>/rollback", needs=Permission.CHANGE)
@bp.arguments(RollbackSchema, required=False)
@bp.response(202, JobSchema, headers=LOCATION, description="What was done is being undone")
@bp.doc(parameters=[IF_MATCH])
def roll_job_back(body: dict[str, Any], job_id: str) -> Response:
    """Undo what a failed or cancelled job has done, last step first.

    `without` names hosts that are lost for good: nothing is tried on them any more.
    """
    return ask("rollback", job_id, without=body["without"])


def ask(
    verb: str,
    job_id: str,
    *,
    accept: Sequence[str] = (),
    without: Sequence[str] = (),
    digest: str | None = None,
    reason: str = "",
) -> Response:
    """Ask something of a job.

    A retry may ``accept`` findings that ended it, a retry or a rollback go ``without`` hosts that
    are lost, an approval name the ``digest`` of the plan that it is for, and a rejection its
    ``reason``.
    """
    before = find_job(job_id)
    demand_match(written(before).etag, f"job {before.id}")
    note(verb=f"{verb}-job", cluster=before.cluster, before={"status": str(before.status)})
    asked = partial(ask_of_job, principal(), verb, before)
    job = asked(accept=accept, without=without, digest=digest, reason=reason)
    more = {"accept": list(accept), "without": list(without), "reason": reason}
    note(after={"status": str(job.status)} | more)
    return job_answer(job)
