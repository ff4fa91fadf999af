"""Headers that every answer carries, and limits that every request is held to."""

import re
import uuid

from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from api.http.body_faults import (
    LARGEST_BODY,
    LARGEST_EVENT,
    LARGEST_LIST_OF_HOSTS,
    LARGEST_RULES,
)
from api.http.whole_bodies import WholeBodyRequest

LARGEST_SIGN_IN = 4 * 1024
"""Whoever can connect may send one."""
LARGEST = {
    "page.sign_in": LARGEST_SIGN_IN,
    "hosts.put_hosts": LARGEST_LIST_OF_HOSTS,
    "hooks.receive": LARGEST_EVENT,
    "hook_trials.try_hook": LARGEST_EVENT,
    "rules.put_rules": LARGEST_RULES,
    "rules.explain_rules": LARGEST_RULES,
}
"""In bytes, by endpoint; all others have the same limit."""
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""A route may say otherwise."""


def too_large(most: int) -> str:
    return f"the body has more than {most // 1024} KiB; send a smaller one"


def add(app: Flask) -> None:
    """Number every request, refuse large bodies, and set the headers of every answer."""
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.request_class = WholeBodyRequest

    @app.before_request
    def number() -> None:
        sent = request.headers.get("X-Request-Id", "")
        g.request_id = sent if REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
        most = LARGEST.get(request.endpoint or "", LARGEST_BODY)
        request.max_content_length = most
        if (request.content_length or 0) > most:
            raise RequestEntityTooLarge

    @app.after_request
    def finish(response: Response) -> Response:
        headers = response.headers
        there = {name.lower() for name, _ in headers}  # looked through once, not for each name
        headers.add("X-Request-Id", g.request_id)
        for name, value in SECURITY.items():
            if name.lower() not in there:
                headers.add(name, value)
        return response
