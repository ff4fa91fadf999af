"""Who sent the request that is being answered; one place for the API and the page."""

from flask import g

from workflows.access import Principal


def principal() -> Principal:
    """Return who asks; only where a token, or a session, was asked for."""
    found: Principal = g.principal
    return found
