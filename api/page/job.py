"""One job, whole, and the pieces of it that are news.

The page has one truth, the ledger, and one way to draw it, the templates. The events that reach
the browser by SSE only ring a bell: it then asks ``/jobs/{id}/live?after=<last event shown>`` and
puts the pieces that it is given in place. So the browser folds nothing that the server has folded
already, a log line cannot get lost or come twice however often the connection drops, and where no
stream gets through at all the slow poll still finds everything.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request
from marshmallow import ValidationError

from api.description.schemas import RejectSchema
from api.http.blueprint import invalid
from api.http.documents import tag_of_text
from api.http.pointers import pointers
from api.http.problems import Problem
from api.jobs import ask, find_job
from api.page.blueprint import bp
from api.page.job_log import EVENT_TYPES
from api.page.job_view import LINES, JobView, view_of
from api.page.places import see_other
from api.page.rendering import fragment, html, page
from api.page.sessions import current_session
from workflows.access import Permission
from workflows.job_documents import job_document
from workflows.jobs import Job

FORM_FIELDS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "approve": lambda: {"digest": request.form.get("plan_digest")},
    "reject": lambda: {"reason": _reason()},
    "rollback": lambda: {"without": request.form.getlist("without")},
    "retry": lambda: {name: request.form.getlist(name) for name in ("accept", "without")},
}
"""What a form says with what it asks for."""


def _reason() -> str:
    fields = {"reason": request.form.get("reason", "").strip()}
    try:
        return str(RejectSchema().load(fields)["reason"])
    except ValidationError as error:
        raise invalid(pointers(error.messages, RejectSchema(), "")) from None


@bp.get("/jobs/<job_id>", needs=Permission.READ)
def show_job(job_id: str) -> Response:
    """Show a job."""
    return _show(find_job(job_id))


@bp.get("/jobs/<job_id>/live", needs=Permission.READ)
def show_news(job_id: str) -> Response:
    """Show the pieces of a job that have changed after an event."""
    after = request.args.get("after", default=0, type=int)
    view = view_of(find_job(job_id), after)
    response = html(fragment("_job_news.html", view=view))
    response.set_etag(_tag(view))
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response


@bp.post(
    "/jobs/<job_id>/<any(approve, reject):verb>", endpoint="judge_job", needs=Permission.APPROVE
)
@bp.post("/jobs/<job_id>/<any(cancel, retry, rollback):verb>", needs=Permission.CHANGE)
def ask_of_job(job_id: str, verb: str) -> Response:
    """Ask what can be asked of a job, just as the JSON API does, then show it."""
    try:
        ask(verb, job_id, **FORM_FIELDS.get(verb, dict)())
    except Problem as problem:
        if problem.word != "not-possible":
            raise
        return _show(find_job(job_id), notice=problem.detail, status=problem.status)
    return see_other(f"/jobs/{job_id}")


def _tag(view: JobView) -> str:
    """Name what is new, whenever it is asked for: times that go on are left to the browser."""
    session = current_session()
    length = view.gantt.axis.length if view.gantt.axis else 0
    shown = [job_document(view.job), view.after, length, session.csrf if session else ""]
    shown.append(view.needs_somebody_else)
    return tag_of_text(json.dumps(shown, sort_keys=True))


def _show(job: Job, *, notice: str = "", status: int = 200) -> Response:
    everything = request.args.get("events") == "all"
    view = view_of(job, 0, None if everything else LINES)
    return page("job.html", status=status, view=view, notice=notice, event_types=EVENT_TYPES)
