"""JSON in and out: read strictly, written in the order in which it is told."""

import json
from typing import Any, NoReturn

from flask import Response, current_app
from flask.json.provider import DefaultJSONProvider

from api.problems import Problem


class Json(DefaultJSONProvider):
    """Writes fields in the order in which they are told, without spaces and without NaN."""

    sort_keys = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return super().dumps(obj, **{"separators": (",", ":"), "allow_nan": False} | kwargs)


def document(body: Any, *, status: int = 200) -> Response:
    """Return ``body`` as a JSON answer."""
    return Response(current_app.json.dumps(body), status, mimetype="application/json")


def strict_json(text: bytes) -> Any:
    """Read JSON as RFC 8259 has it: no NaN, no repeated keys, no bottomless nesting."""
    try:
        return json.loads(text, parse_constant=_constant, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        cause = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
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
