"""One log line for each request, and the trace that the request belongs to.

Reads that succeed are told at the level ``debug``, as polling would fill the logs, and so is what
has no valid token, as anybody could fill them. ``--access-log``
tells of every request. A query is never written.
"""

import logging
import time

from flask import Flask, Response, g, request

from api.http.client_address import client_address
from workflows.process import logs
from workflows.process.tracing import NOT_SAMPLED, new_trace_id, received, traceparent

HEADER = "traceparent"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_PATH = 200
CONFLICT, UNAUTHORIZED, TOO_MANY = 409, 401, 429

logger = logging.getLogger(__name__)


def add(app: Flask) -> None:
    """Give every request its trace, and write its line when it is answered."""
    app.before_request(_begin)
    app.after_request(_answered)
    app.teardown_request(_forget)


def every_request() -> None:
    """Tell of reads too, in this process."""
    logger.setLevel(logging.DEBUG)


def _begin() -> None:
    """Go on with the caller's trace if it has sent one, or begin another."""
    g.began = time.perf_counter()
    sent = received(request.headers.get(HEADER, ""))
    g.trace_id, g.trace_flags = sent or (new_trace_id(), NOT_SAMPLED)
    logs.bind(request_id=g.get("request_id"), trace_id=g.trace_id)


def _answered(response: Response) -> Response:
    if "began" not in g:  # a request that was refused before it was numbered
        _begin()
    if HEADER not in response.headers:
        response.headers[HEADER] = traceparent(g.trace_id, g.trace_flags)
    level = _level(response.status_code)
    if logger.isEnabledFor(level):
        facts = {
            "method": request.method,
            "path": request.path[:LONGEST_PATH],
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.began) * 1000, 1),
            "remote": client_address(),
            "token_id": g.principal.id if "principal" in g else None,
            "job": _job(response),
        }
        logger.log(level, "%(method)s %(path)s: %(status)d", facts, extra=facts)
    return response


def _level(status: int) -> int:
    if status >= 500:
        return logging.WARNING if status == 503 else logging.ERROR
    if status in (UNAUTHORIZED, TOO_MANY):
        return logging.DEBUG  # whoever can connect could fill the log
    return logging.DEBUG if status < 400 and request.method in READING else logging.INFO


def _job(response: Response) -> str | None:
    """Return the job that was asked for, or that the answer leads to.

    Where no job was found, what stands in its place may be anything, a secret too.
    """
    led_to = response.headers.get("Location", "")
    if led_to.startswith("/v1/jobs/"):
        return led_to.rpartition("/")[2] or None
    found = response.status_code < 400 or response.status_code == CONFLICT
    if not found:
        return None
    asked: str | None = g.get("job_id") or (request.view_args or {}).get("job_id")
    return asked


def _forget(_: BaseException | None) -> None:
    logs.bind()
