"""The Idempotency-Key header: a request that is sent twice is carried out once.

Only answers that accepted something are kept: after a refusal nothing has happened, so the same
key may be used once the cause is mended.
"""

import base64
import functools
import hashlib
import json
import re
import zlib
from contextlib import suppress
from typing import Any

from flask import Response, g, request
from redis.exceptions import RedisError

from api.backend import backend
from api.http.blueprint import View
from api.http.problems import Problem

KEPT_SECONDS = 24 * 3600
PENDING_SECONDS = 60
"""A server that dies while it answers must not block the key for a day."""
KEPT_HEADERS = (
    *("Content-Type", "Location", "Retry-After", "traceparent"),
    "Clusterwright-Existing-Job",
)
KEY = re.compile(r"[\x20-\x7e]{1,255}")


def once(view: View) -> View:
    """Answer a repeated request with what the first was answered."""

    @functools.wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Response:
        place = _place()
        if place is None:
            return view(*args, **kwargs)
        fingerprint = _digest(json.dumps(request_body(args), sort_keys=True))
        pending = json.dumps({"fingerprint": fingerprint, "status": None})
        store = backend().redis
        if not store.set(place, pending, nx=True, ex=PENDING_SECONDS):
            return _stored(store.get(place), fingerprint)
        try:
            response = view(*args, **kwargs)
        except BaseException:
            with suppress(RedisError):  # else it is pending for a minute; the cause is told first
                store.delete(place)
            raise
        store.set(place, json.dumps(_record(response, fingerprint)), ex=KEPT_SECONDS)
        return response

    return answer


def request_body(args: tuple[Any, ...]) -> Any:
    """Return the body that the schema has read: spelling and order do not matter."""
    return args[0]


def _place() -> str | None:
    """Return where the answer is kept: per caller, path and key."""
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    key = header.strip().removeprefix('"').removesuffix('"')
    if not KEY.fullmatch(key):
        raise Problem(
            "invalid-idempotency-key",
            f"cannot use an Idempotency-Key of {len(key)} characters: it has 1 to 255 printable "
            "ASCII characters",
        )
    return "cw:idempotency:" + _digest("\n".join((g.token_id, request.path, key)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _record(response: Response, fingerprint: str) -> dict[str, Any]:
    return {
        "fingerprint": fingerprint,
        "status": response.status_code,
        "headers": {
            name: response.headers[name] for name in KEPT_HEADERS if name in response.headers
        },
        "packed": _pack(response.get_data()),
    }


def _pack(body: bytes) -> str:
    """Return a body as short text: a job's says the same for each of its hosts, kept for a day."""
    return base64.b64encode(zlib.compress(body)).decode()


def _unpack(packed: str) -> bytes:
    return zlib.decompress(base64.b64decode(packed))


def _stored(text: Any, fingerprint: str) -> Response:
    found: dict[str, Any] = (
        json.loads(text) if text else {"fingerprint": fingerprint, "status": None}
    )
    if found["fingerprint"] != fingerprint:
        raise Problem(
            "idempotency-mismatch",
            "cannot use this Idempotency-Key again: it was used for a request with another body; "
            "send a fresh key",
        )
    if found["status"] is None:
        raise Problem(
            "idempotency-in-progress",
            "cannot answer yet: the first request with this Idempotency-Key is being answered; "
            "send it again",
            headers={"Retry-After": "2"},
        )
    # An older version kept the body itself.
    body = _unpack(found["packed"]) if "packed" in found else found["body"]
    response = Response(body, status=found["status"], headers=found["headers"])
    response.headers["Idempotency-Replayed"] = "true"
    return response
