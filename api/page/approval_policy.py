"""The approval policy on the page: who else may approve, and the form that changes it."""

from typing import Any

from flask import Response, request
from marshmallow import ValidationError

from api.approval_policy import policy_body, replace
from api.backend import backend
from api.description.approval_documents import PolicySchema
from api.http.pointers import pointers
from api.page.blueprint import bp
from api.page.form_errors import by_field
from api.page.places import see_other
from api.page.rendering import page
from cluster.spec import Environment
from workflows.access import Permission
from workflows.approval_policies import load_policy
from workflows.approval_policy import Asks
from workflows.kinds import KINDS
from workflows.plan import Lock

PLACE = "/approval-policy"
MEANINGS = {
    Asks.OTHERS: "once there is somebody else who may approve",
    Asks.ALWAYS: "always, also where nobody else may approve yet",
    Asks.NEVER: "never, unless the change or a rule asks for it itself",
}


@bp.get("/approval-policy", needs=Permission.ADMIN)
def show_policy() -> Response:
    """Show which changes need somebody's approval, in the form that changes that."""
    stored = policy_body(load_policy(backend().redis))
    return _form(stored, stored["revision"], {})


@bp.post("/approval-policy", needs=Permission.ADMIN)
def put_policy() -> Response:
    """Put the policy in force that was typed, in place of the one that the form showed."""
    typed, revision = _typed(), request.form.get("revision", "")
    try:
        policy = PolicySchema().load(typed)
    except ValidationError as error:
        return _form(typed, revision, by_field(pointers(error.messages, PolicySchema())))
    replace(policy, int(revision) if revision.isdecimal() and len(revision) < 10 else -1)
    return see_other(PLACE)


def _typed() -> dict[str, Any]:
    hours = request.form.get("within", "").strip()
    return {
        "asks": request.form.get("asks", ""),
        "environments": request.form.getlist("environments"),
        "final": bool(request.form.get("final")),
        "kinds": request.form.getlist("kinds"),
        "within": int(hours) if hours.isdecimal() and len(hours) < 10 else hours,
    }


def _form(policy: dict[str, Any], revision: Any, errors: dict[str, list[str]]) -> Response:
    stored = policy_body(load_policy(backend().redis))
    return page(
        "approval_policy.html",
        status=422 if errors else 200,
        policy=policy,
        revision=revision,
        stored=stored,
        errors=errors,
        meanings=MEANINGS,
        environments=list(Environment),
        kinds=sorted(name for name, kind in KINDS.items() if kind.lock is not Lock.NONE),
    )
