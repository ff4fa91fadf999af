"""Who may ask: every route needs a token, but for those that tell how to get on."""

from flask import Flask, g, request

from api.backend import backend
from api.problems import Problem
from api.tokens import Tokens

OPEN = frozenset(
    {
        "health.live",
        "health.ready",
        "docs.openapi",
        "docs.readable",
        "docs.list_problems",
        "docs.show_problem",
    }
)
"""The endpoints that need no token."""
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="clusterwright"'}


def protect(app: Flask) -> None:
    """Ask every request for a token."""
    tokens: list[Tokens] = []

    @app.before_request
    def check_token() -> None:
        if request.endpoint in OPEN:
            return
        if not tokens:
            tokens.append(Tokens(backend().redis))
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Problem(
                "unauthorized",
                "cannot answer the request: it has no token; send Authorization: Bearer <token>",
                headers=CHALLENGE,
            )
        holder = tokens[0].holder(token.strip())
        if holder is None:
            wrong = CHALLENGE["WWW-Authenticate"] + ', error="invalid_token"'
            raise Problem(
                "unauthorized",
                "cannot answer the request: its token is not known; send a valid one",
                headers={"WWW-Authenticate": wrong},
            )
        g.token_id = holder
