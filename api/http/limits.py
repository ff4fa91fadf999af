"""Limits of how often somebody may ask: by token or person, by sender of events, by address."""

from flask import Flask, Response, g, request

from api.backend import backend
from api.http.allowances import Asked
from api.http.client_address import client_address
from api.http.problems import Problem
from workflows.access import Principal
from workflows.process.limit_settings import Limit

READING = frozenset({"GET", "HEAD", "OPTIONS"})
NEVER = frozenset({"health.live", "health.ready", "metrics.show_metrics", "page.static_file"})
"""What watches the API, and what its pages are made of."""
OWN_LIMITS = frozenset({"page.sign_in", "hooks.receive", "hooks.greet"})
"""A wrong token or signature is counted there, and a right one is always taken."""


def add(app: Flask) -> None:
    """Tell in every answer that was counted how often somebody may ask still."""

    @app.after_request
    def tell(response: Response) -> Response:
        if told := g.get("limit"):
            response.headers.add("RateLimit-Policy", told[0])
            response.headers.add("RateLimit", told[1])
        return response


def count_known(by: Principal) -> None:
    """Count a request of somebody who is known; raises the problem ``too-many-requests``."""
    if request.endpoint in NEVER:
        return
    there = backend()
    limits = there.settings.limits
    reads = request.method in READING
    name, limit = ("read", limits.read) if reads else ("change", limits.change)
    if limit is not None:
        asked = there.allowances.ask(f"{name}:{by.id}", limit)
        _tell(name, limit, asked)
        if asked.remaining < 0:
            who = by.id if ":" in by.id else f"token {by.id}"
            raise _too_many(name, limit, asked, f"{who} ({by.name})" if by.name else who)


def count_open() -> None:
    """Count a request that anybody may send; raises the problem ``too-many-requests``."""
    if request.endpoint not in NEVER | OWN_LIMITS:
        count_unknown()


def count_unknown() -> None:
    """Count a request that brings nothing to be known by; raises ``too-many-requests``.

    Whoever is known is counted by that, so nobody can keep others at an address out.
    """
    limit = backend().settings.limits.unknown
    if limit is not None:
        address = client_address()
        asked = backend().unknown.ask(f"unknown:{address}", limit)
        _tell("unknown", limit, asked)
        if asked.remaining < 0:
            raise _too_many("unknown", limit, asked, f"address {address} without a valid token")


def count_event(sender: str) -> None:
    """Count an event that is believed; raises the problem ``too-many-requests``."""
    limit = backend().settings.limits.hook
    if limit is not None:
        asked = backend().allowances.ask(f"hook:{sender}", limit)
        if asked.remaining < 0:
            raise _too_many("hook", limit, asked, f"the sender {sender}")


def _tell(name: str, limit: Limit, asked: Asked) -> None:
    g.limit = (
        f'"{name}";q={limit.amount};w={limit.seconds}',
        f'"{name}";r={max(asked.remaining, 0)};t={asked.resets}',
    )


def _too_many(name: str, limit: Limit, asked: Asked, who: str) -> Problem:
    return Problem(
        "too-many-requests",
        f"cannot answer the request: {who} has asked {limit.amount} times within "
        f"{limit.seconds} s, as often as the limit {name} allows; ask again in {asked.resets} s",
        {"limit": name, "most": limit.amount, "window_seconds": limit.seconds},
        headers={"Retry-After": str(asked.resets)},
    )
