"""Whether a form was really ours: its token, and where the browser says it comes from."""

import hmac
from urllib.parse import urlsplit

from flask import request
from markupsafe import Markup

from api.http.problems import Problem
from api.page.sessions import current_session

FIELD = "csrf_token"
OWN_SITES = {"same-origin", "none"}
"""``none``: the user's own doing, such as loading the answer to a form again."""


def csrf_field() -> Markup:
    """Return the hidden field that every form of a session carries."""
    session = current_session()
    return hidden_token(session.csrf) if session else Markup("")


def hidden_token(token: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token)


def check_form(expected: str) -> None:
    """Refuse a form that does not carry ``expected``, or was sent by another site."""
    if not _from_here():
        raise Problem("foreign-form", "cannot accept the form: another site has sent it")
    sent = request.form.get(FIELD, "")
    if not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Problem(
            "foreign-form",
            "cannot accept the form: it does not carry this session's token; load the page again",
        )


def _from_here() -> bool:
    """Believe ``Sec-Fetch-Site``; browsers send it to HTTPS and loopback, else ``Origin``."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in OWN_SITES
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host
