"""Sign in as the issuer of identities knows one: to it, and back with a code."""

import logging
from typing import TYPE_CHECKING

from flask import Response, request, url_for

from api.access.acts import note_act, note_who
from api.access.auth import issuer_problem
from api.access.needs import OPEN
from api.backend import backend
from api.http.problems import Problem
from api.oidc.refusals import IssuerSilent, SignInRefused
from api.page.blueprint import bp
from api.page.places import local, see_other
from api.page.sessions import give_cookie, session_cookie
from workflows.access import Principal, Via

if TYPE_CHECKING:
    from api.oidc.code_flow import CodeFlow

COOKIE, SECURE_COOKIE = "cw_oidc", "__Host-cw_oidc"

logger = logging.getLogger(__name__)


@bp.get("/sign-in/oidc", needs=OPEN)
def begin_sign_in() -> Response:
    """Lead to the issuer; the cookie ties what comes back to this browser."""
    try:
        begun = _flow().begin(_back(), local(request.args.get("next", "")))
    except IssuerSilent as error:
        raise issuer_problem(error) from None
    response = see_other(begun.address)
    # Lax: the way back from the issuer begins on another site.
    response.set_cookie(
        _cookie(),
        begun.secret,
        max_age=begun.seconds,
        path="/",
        httponly=True,
        secure=request.is_secure,
        samesite="Lax",
    )
    return response


@bp.get("/sign-in/oidc/back", needs=OPEN)
def finish_sign_in() -> Response:
    """Open a session for whom the issuer has told of; each code and each state is good once."""
    flow = _flow()
    note_act("sign-in")
    note_who(Principal(via=Via.SESSION))
    try:
        arrived = flow.finish(request.cookies.get(_cookie(), ""), request.args.to_dict(), _back())
    except IssuerSilent as error:
        raise issuer_problem(error) from None
    except SignInRefused as error:
        logger.warning("sign-in by the issuer refused: %s", error)
        raise Problem("sign-in-refused", f"cannot sign you in: {error}") from None
    note_who(flow.people.principal(arrived.person, Via.SESSION))
    sessions = backend().sessions
    sessions.close(session_cookie())
    response = see_other(local(arrived.next))
    give_cookie(response, sessions.open_for(arrived.person, flow.people.settings.issuer))
    response.delete_cookie(
        _cookie(), path="/", httponly=True, secure=request.is_secure, samesite="Lax"
    )
    return response


def _flow() -> "CodeFlow":
    found = backend().code_flow
    if found is None:
        raise Problem(
            "not-found",
            "cannot sign in by an issuer: none is configured; sign in with a token at /sign-in",
        )
    return found


def _back() -> str:
    """Return where the issuer sends the browser back to; it knows this address beforehand."""
    return url_for("page.finish_sign_in", _external=True)


def _cookie() -> str:
    return SECURE_COOKIE if request.is_secure else COOKIE
