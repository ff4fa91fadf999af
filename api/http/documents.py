"""JSON in and out: read strictly, written in the order in which it is told."""

import hashlib
import json
from typing import Any, NoReturn

from flask import Response, current_app, request
from flask.json.provider import DefaultJSONProvider

from api.http.problems import Problem


class Json(DefaultJSONProvider):
    """Writes fields in the order in which they are told, without spaces and without NaN."""

    sort_keys = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return super().dumps(obj, **{"separators": (",", ":"), "allow_nan": False} | kwargs)


def document(body: Any, *, status: int = 200) -> Response:
    """Return ``body`` as a JSON answer."""
    return Response(current_app.json.dumps(body), status, mimetype="application/json")


ETAG = {"ETag": {"description": "Names this state", "schema": {"type": "string"}}}
"""A header of answers, as OpenAPI tells it."""


def tag_of(body: Any) -> str:
    """Return what names this state of a document; any change of it has another."""
    return tag_of_text(document(body).get_data())


def tag_of_text(text: str | bytes) -> str:
    """Return what names a state that this text tells apart from all others."""
    content = text.encode() if isinstance(text, str) else text
    return hashlib.sha256(content).hexdigest()[:32]


def conditional(response: Response, *, named_by: Any = None) -> Response:
    """Give an answer its entity tag, and leave its body out if the client has it.

    ``named_by`` is what the tag stands for where the body also tells what passes by itself.

    Compared weakly, as RFC 9110 wants it for ``If-None-Match``: a proxy that compresses weakens
    tags.
    """
    if "ETag" not in response.headers:
        if named_by is None:
            response.set_etag(tag_of_text(response.get_data()))
        else:
            response.set_etag(tag_of(named_by))
    response.make_conditional(request)
    return response


def strict_json(text: bytes) -> Any:
    """Read JSON as RFC 8259 has it: no NaN, no repeated keys, no bottomless nesting."""
    try:
        # UTF-8 only: by itself the reader guesses, and takes UTF-16 and UTF-32 for JSON too.
        read = text.decode("utf-8-sig")  # a byte order mark is what editors leave, and harmless
        return json.loads(read, parse_constant=_constant, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        cause = str(error)
        if isinstance(error, RecursionError):
            cause = "it is nested too deeply"
        elif isinstance(error, UnicodeDecodeError):
            cause = f"it is not UTF-8 (byte {error.start})"
        raise Problem("malformed-json", f"cannot read the body as JSON: {cause}") from None


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _object(rows: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(rows)
    if len(found) < len(rows):
        names = [name for name, _ in rows]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:80]!r} stands there twice")
    return found
