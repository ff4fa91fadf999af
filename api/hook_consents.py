"""Consent to be sent events, as the webhook profile of CloudEvents has it: asked for by OPTIONS."""

import re

from flask import Response, request

from api.access.needs import OPEN
from api.backend import backend
from api.hook_secrets import sender_of
from api.http.blueprint import Blueprint
from workflows.hooks.sources import SOURCES

ASKED_ORIGIN, ASKED_RATE = "WebHook-Request-Origin", "WebHook-Request-Rate"
ORIGIN, RATE = "WebHook-Allowed-Origin", "WebHook-Allowed-Rate"
METHODS = "GET, HEAD, POST, OPTIONS"
NAME = re.compile(r"[A-Za-z0-9.-]{1,253}", re.ASCII)
"""What an origin is: the DNS name of who sends."""
NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
MINUTE_SECONDS = 60
ANY = "*"
ASKED = [
    {"in": "header", "name": name, "schema": {"type": "string"}, "description": description}
    for name, description in (
        (ASKED_ORIGIN, "The DNS name of who wants to send"),
        (ASKED_RATE, "How many requests a minute it would send"),
    )
]
TOLD = {
    "Allow": {"description": "What the address takes", "schema": {"type": "string"}},
    ORIGIN: {"description": "The name that was sent: it may send", "schema": {"type": "string"}},
    RATE: {
        "description": "Requests a minute, the fewer of those asked for and those allowed, or `*`",
        "schema": {"type": "string"},
    },
}

bp = Blueprint("hook_consents", __name__, url_prefix="/v1", description="Who may begin to send")


@bp.route("/hooks/<source>", methods=["OPTIONS"], needs=OPEN)
@bp.response(200, headers=TOLD, description="What may be sent; nothing was")
@bp.doc(parameters=ASKED)
def consent_to_hook(source: str) -> Response:
    """Tell a sender whether it may send, and how much, before it sends anything.

    Only senders that ask so, of kind `cloudevents`, are told of an origin and a rate. It lets
    nobody in: each event still shows the sender's secret.
    """
    sender = sender_of(backend().rules.load().rules, source)
    response = Response(headers={"Allow": METHODS})
    origin = request.headers.get(ASKED_ORIGIN, "")
    if SOURCES[sender.kind].asks_consent and NAME.fullmatch(origin):
        response.headers[ORIGIN] = origin
        response.headers[RATE] = _rate(request.headers.get(ASKED_RATE, ""))
    return response


def _rate(asked: str) -> str:
    """Return how many requests a minute are taken of one sender, and no more than it wants."""
    limit = backend().settings.limits.hook
    wanted = int(asked) if NUMBER.fullmatch(asked) else None
    if limit is None:
        return str(wanted or ANY)
    most = max(limit.amount * MINUTE_SECONDS // limit.seconds, 1)
    return str(min(wanted or most, most))
