"""What every form of the page has to pass before its route is asked."""

from flask import request

from api.page.blueprint import bp
from api.page.csrf import check_form
from api.page.sessions import current_session

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_CHECK = frozenset({"page.sign_in"})
"""Routes without a session to begin with."""


@bp.before_request
def check_forms() -> None:
    """Refuse a form that is not ours; ``api.access.auth`` has looked for the session before."""
    if request.method in SAFE or request.endpoint in OWN_CHECK:
        return
    session = current_session()
    check_form(session.csrf if session else "")
