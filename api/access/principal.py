"""Who sent the request that is being answered; one place for the API and the page."""

from flask import g

from api.oidc.person import Person
from workflows.access import Principal


def principal() -> Principal:
    """Return who asks; only where a token, or a session, was asked for."""
    found: Principal = g.principal
    return found


def person() -> Person | None:
    """Return what the issuer has told of who asks; ``None`` for who has a token of ours."""
    found: Person | None = g.get("person")
    return found
