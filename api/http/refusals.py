"""What is answered to bytes that are no request: a problem document without an application.

Flask never sees such a request. This module is imported before gevent patches the process, so it
knows nothing of Flask either; the words are those of ``api.http.problems``.
"""

import json
from dataclasses import dataclass

from gunicorn.http import errors  # type: ignore[import-untyped]  # gunicorn has no types

from api.http.body_faults import BrokenBody, SlowBody


class MissingHost(errors.ParseException):  # type: ignore[misc]  # gunicorn has no types
    """A request of HTTP/1.1 does not say which host it is for."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One answer to what is no request; nothing of what was sent is repeated."""

    status: int
    phrase: str
    detail: str
    word: str = "bad-request"


BAD = Refusal(400, "Bad Request", "its first line or a header is not as HTTP has it")
DEFECT = Refusal(
    500, "Internal Server Error", "a defect of the server; its log has the cause", "internal"
)
BROKEN_BODY = Refusal(
    400, "Bad Request", "the chunks of its body are not as HTTP has them, or it ended too early"
)
SLOW_BODY = Refusal(
    408, "Request Timeout", "its body was not whole within 10 s; send it at once", "slow-body"
)
_REFUSALS: tuple[tuple[type[Exception], Refusal], ...] = (
    (
        MissingHost,
        Refusal(400, "Bad Request", "HTTP/1.1 needs the header Host; send it"),
    ),
    (
        errors.LimitRequestLine,
        Refusal(414, "URI Too Long", "its first line has more than 4094 bytes; shorten the query"),
    ),
    (
        errors.LimitRequestHeaders,
        Refusal(
            431,
            "Request Header Fields Too Large",
            "it has more than 100 headers, or one of more than 8190 bytes; send fewer",
        ),
    ),
    (
        errors.ExpectationFailed,
        Refusal(417, "Expectation Failed", "of Expect only 100-continue is known; leave it out"),
    ),
    (
        errors.UnsupportedTransferCoding,
        Refusal(
            501, "Not Implemented", "its transfer coding is not known; send chunked or a length"
        ),
    ),
)


def refusal_of(error: BaseException) -> Refusal | None:
    """Return what is answered to whoever sent this; ``None`` when it is not the sender's fault."""
    if isinstance(error, (SlowBody, BrokenBody)):
        return SLOW_BODY if isinstance(error, SlowBody) else BROKEN_BODY
    # The application made these, so they are defects though they have a sender's name.
    own = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName)
    if isinstance(error, own) or not isinstance(error, errors.ParseException):
        return None
    return next((refusal for kind, refusal in _REFUSALS if isinstance(error, kind)), BAD)


def written(refusal: Refusal) -> bytes:
    """Return the whole answer; the connection ends with it."""
    document = {
        "type": f"/problems/{refusal.word}",
        "title": refusal.phrase,
        "status": refusal.status,
        "detail": f"cannot answer the request: {refusal.detail}",
        "instance": "",  # what was asked for is not read any further
        "actions": [],
        "advice": "Compare the request with the documentation of this API.",
    }
    body = json.dumps(document, separators=(",", ":")).encode()
    head = (
        f"HTTP/1.1 {refusal.status} {refusal.phrase}\r\n"
        "Connection: close\r\n"
        "Content-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Cache-Control: no-store\r\n\r\n"
    )
    return head.encode() + body
