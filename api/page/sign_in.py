"""Sign in with an API token, and out again."""

import secrets

from flask import Response, g, request

from api.access.acts import note_who
from api.access.needs import ANY_TOKEN, OPEN
from api.access.tokens import TokenEnded
from api.backend import backend
from api.http.client_address import client_address
from api.page.attempts import Attempts
from api.page.blueprint import bp
from api.page.csrf import check_form, hidden_token
from api.page.places import local, see_other
from api.page.rendering import page
from api.page.sessions import give_cookie, session_cookie, take_cookie
from workflows.access import Principal, Via
from workflows.audit.records import Outcome

FORM_COOKIE, SECURE_FORM_COOKIE = "cw_sign_in", "__Host-cw_sign_in"
FORM_SECONDS = 3600


@bp.get("/sign-in", needs=OPEN)
def show_sign_in() -> Response:
    """Ask for an API token."""
    return _form()


@bp.post("/sign-in", needs=OPEN)
def sign_in() -> Response:
    """Open a session for who has a valid token; the id is a new one each time."""
    check_form(request.cookies.get(_form_cookie(), ""))
    try:
        token_id = backend().tokens.holder(request.form.get("token", "").strip())
    except TokenEnded as ended:
        note_who(_holder(ended.record.id, ended.record.name), Outcome.REFUSED)
        return _form(f"cannot sign in: the token ended on {ended.when}; make another")
    if token_id is None:
        Attempts(backend().redis, client_address()).failed()
        note_who(Principal(via=Via.SESSION), Outcome.REFUSED)
        return _form("cannot sign in: the token is not known; copy it whole, from cw_ on")
    backend().sessions.close(session_cookie())
    session_id, _ = backend().sessions.open(token_id)
    known = backend().tokens.find(token_id)
    note_who(_holder(token_id, known.name if known else ""))
    response = see_other(local(request.form.get("next", "")))
    give_cookie(response, session_id)
    return response


@bp.post("/sign-out", needs=ANY_TOKEN)
def sign_out() -> Response:
    """Close the session."""
    backend().sessions.close(session_cookie())
    response = see_other("/sign-in")
    take_cookie(response)
    return response


def _holder(token_id: str, name: str) -> Principal:
    return Principal(token_id, name, Via.SESSION)


def _form(error: str = "") -> Response:
    """Ask for a token; a cookie of its own ties the form to this browser, as nothing else does."""
    g.session = None
    secret = request.cookies.get(_form_cookie()) or secrets.token_urlsafe(32)
    response = page(
        "sign_in.html",
        status=422 if error else 200,
        error=error,
        next=local(request.values.get("next", "")),
        hidden=hidden_token(secret),
        by_issuer=backend().code_flow is not None,
    )
    response.set_cookie(
        _form_cookie(),
        secret,
        max_age=FORM_SECONDS,
        path="/",
        httponly=True,
        secure=request.is_secure,
        samesite="Strict",
    )
    return response


def _form_cookie() -> str:
    return SECURE_FORM_COOKIE if request.is_secure else FORM_COOKIE
