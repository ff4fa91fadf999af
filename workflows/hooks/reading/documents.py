"""Documents out of the bytes that a stranger has sent: JSON and forms, within bounds; pure."""

import json
import math
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from cluster.printable import LONGEST_LINE, short
from workflows.hooks.received import Received, Unreadable

MOST_BYTES = 256 * 1024
"""Of one body."""
MOST_DEPTH = 40
"""Of lists and objects within each other."""
MOST_FIELDS = 100
"""Of a form."""


def json_document(text: bytes | str) -> Any:
    """Return the JSON document.

    Raises ``Unreadable`` for what is no strict JSON in UTF-8, and for what is larger or deeper
    than any sender's document: two values of one name and numbers without end have no meaning.
    """
    _require_size(text)
    try:
        decoded = text.decode() if isinstance(text, bytes) else text
        document = json.loads(
            decoded,
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_float=_number,
        )
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise Unreadable(
            f"cannot read the body as JSON: {short(str(error), 200)}; send one JSON document in "
            "UTF-8"
        ) from None
    _require_bounds(document)
    return document


def json_object(text: bytes | str) -> dict[str, Any]:
    """Return the JSON object. Raises ``Unreadable`` for anything else."""
    document = json_document(text)
    if not isinstance(document, dict):
        raise Unreadable(
            f"cannot read the body: its JSON is {_kind(document)}; send an object with the event"
        )
    return document


def form(body: bytes) -> dict[str, str]:
    """Return the fields of a form. Raises ``Unreadable``, also where a name stands there twice."""
    _require_size(body)
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
        return _object(pairs)
    except ValueError as error:
        raise Unreadable(
            f"cannot read the body as a form: {short(str(error), 200)}; send it as "
            "application/x-www-form-urlencoded"
        ) from None


def posted_object(received: Received) -> dict[str, Any]:
    """Return the JSON object of a body, or of a form's field ``payload``. Raises ``Unreadable``."""
    if is_form(received):
        return json_object(field_of(form(received.body), "payload"))
    return json_object(received.body)


def is_form(received: Received) -> bool:
    return received.header("Content-Type").lower().startswith("application/x-www-form-urlencoded")


def field_of(fields: dict[str, str], name: str) -> str:
    """Return a field of a form. Raises ``Unreadable`` where there is none."""
    if not fields.get(name):
        raise Unreadable(f"cannot read the form: it has no field {name}; send one")
    return fields[name]


def text_at(document: Any, *path: str) -> str:
    """Return the text or whole number at a path, visibly and cut to a line, or nothing."""
    found = document
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    is_told = isinstance(found, str) or (isinstance(found, int) and not isinstance(found, bool))
    # More digits than Python would write are no name of anything.
    if isinstance(found, int) and found.bit_length() > 256:
        return ""
    return short(str(found), LONGEST_LINE) if is_told else ""


def whole_text(document: Any, *path: str) -> str:
    """Return the text at a path as it was typed, whole, or nothing: half a command is another."""
    found = document
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def first_text(document: Any, paths: Sequence[Sequence[str]]) -> str:
    """Return the first text that there is at one of the paths, or nothing."""
    return next((text for path in paths if (text := text_at(document, *path))), "")


def required_text(document: Any, *path: str) -> str:
    """Return the text at a path. Raises ``Unreadable`` where there is none."""
    text = text_at(document, *path)
    if not text:
        raise Unreadable(
            f"cannot read the event: {'.'.join(path)} is missing or no text; send the sender's own "
            "document"
        )
    return text


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {short(name, 50)} stands there twice")
        found[name] = value
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _require_size(text: bytes | str) -> None:
    if len(text) > MOST_BYTES:
        raise Unreadable(
            f"cannot read the body: it has {len(text)} bytes, and {MOST_BYTES} are allowed; have "
            "the sender leave something out"
        )


def _require_bounds(document: Any) -> None:
    level = [document]
    for _ in range(MOST_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise _too_deep()


def _inside(outer: Any) -> Sequence[Any]:
    if isinstance(outer, dict):
        return [*outer, *outer.values()]
    if isinstance(outer, list):
        return outer
    if isinstance(outer, str):
        _require_unicode(outer)
    return ()


def _require_unicode(text: str) -> None:
    # Half of a pair of surrogates can be escaped in JSON, and be neither hashed nor stored.
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unreadable(
            "cannot read the body: a text in it has half a sign (a lone surrogate); send whole ones"
        ) from None


def _too_deep() -> Unreadable:
    return Unreadable(
        f"cannot read the body: its JSON is deeper than {MOST_DEPTH} lists and objects within each "
        "other; send the sender's own document"
    )


def _kind(document: Any) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(document), "a number")
