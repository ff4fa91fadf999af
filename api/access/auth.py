"""Who may ask: every route needs a token, but for those that tell how to get on.

A browser's session stands for the token that it was opened with: on the page for everything, and
elsewhere for reading only, because nothing there proves that a form of ours has asked.
"""

from flask import Flask, g, request

from api.backend import backend
from api.http.problems import Problem
from api.page.sessions import Session, session_cookie

OPEN = frozenset(
    {
        "health.live",
        "health.ready",
        "docs.openapi",
        "docs.readable",
        "docs.list_problems",
        "docs.show_problem",
        "page.show_sign_in",
        "page.sign_in",
        "page.static_file",
    }
)
"""The endpoints that need no token."""
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="clusterwright"'}
READING = frozenset({"GET", "HEAD"})


def protect(app: Flask) -> None:
    """Ask every request for a token, or for a session that was opened with one."""

    @app.before_request
    def check_token() -> None:
        if request.endpoint in OPEN:
            return
        on_page = request.blueprint == "page"
        if not on_page and "Authorization" in request.headers:
            g.token_id = _bearer()
            return
        # Without an endpoint nothing is carried out: what follows is the answer 404 or 405.
        harmless = request.endpoint is None or request.method in READING
        session = browser_session() if on_page or harmless else None
        if session is None:
            raise Problem(
                "unauthorized",
                "cannot answer the request: it has no token; send Authorization: Bearer <token>",
                headers=CHALLENGE,
            )
        g.session, g.token_id = session, session.token_id


def _bearer() -> str:
    """Return the id of the token in the header."""
    scheme, _, token = request.headers["Authorization"].partition(" ")
    if scheme.lower() != "bearer":
        raise Problem(
            "unauthorized",
            "cannot answer the request: it has no token; send Authorization: Bearer <token>",
            headers=CHALLENGE,
        )
    holder = backend().tokens.holder(token.strip())
    if holder is None:
        wrong = CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'
        raise Problem(
            "unauthorized",
            "cannot answer the request: its token is not known; send a valid one",
            headers={"WWW-Authenticate": wrong},
        )
    return holder


def browser_session() -> Session | None:
    """Return the browser's session; it ends with the token that it was opened with."""
    cookie = session_cookie()
    session = backend().sessions.find(cookie) if cookie else None
    if session and not backend().tokens.exists(session.token_id):
        backend().sessions.close(cookie)
        return None
    return session
