"""Documents out of the bytes that a stranger has sent: JSON and forms, within bounds; pure."""

import codecs
import json
import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from cluster.printable import LONGEST_LINE, short
from workflows.hooks.received import Received, Unreadable

T = TypeVar("T")
MOST_BYTES = 256 * 1024
"""Of one body."""
MOST_DEPTH = 40
"""Of lists and objects within each other."""
MOST_FIELDS = 100
"""Of a form."""
MOST_DIGITS = 1000
"""Of a whole number: far more than any has that means something, and few enough to be written."""
GZIP = b"\x1f\x8b"
"""What gzip begins with."""


def json_document(text: bytes | str) -> Any:
    """Return the JSON document.

    Raises ``Unreadable`` for what is no strict JSON in UTF-8, and for what is larger or deeper
    than any sender's document: two values of one name and numbers without end have no meaning.
    """
    _require_size(text)
    try:
        document = json.loads(
            _decoded(text) if isinstance(text, bytes) else text,
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_float=_number,
            parse_int=_whole_number,
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
            _decoded(body),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
        return _object(pairs)
    except ValueError as error:
        is_text = not isinstance(error, UnicodeError)
        cause = short(str(error), 200) if is_text else "what is escaped in a field is not UTF-8"
        raise Unreadable(
            f"cannot read the body as a form: {cause}; send it as application/x-www-form-urlencoded"
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


def each_of_many(read: Callable[[Any], T], one: Any, place: int, many: int) -> T:
    """Return what is read of one among many, from 1 on; of one that is unreadable, which it is."""
    try:
        return read(one)
    except Unreadable as error:
        if many == 1:
            raise
        raise Unreadable(f"{error} (number {place} of {many}; none of them was taken)") from None


def _decoded(body: bytes) -> str:
    """Return the text of a body; raises ``ValueError``, which says what the bytes look like."""
    if not body:
        raise ValueError("it is empty")
    if body.startswith(GZIP):
        raise ValueError("it is compressed, and has to be sent plain")
    if body.startswith(codecs.BOM_UTF8):
        raise ValueError("it begins with a byte order mark, which has to be left out")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8, at byte {error.start}") from None


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {short(name, 50)} stands there twice")
        found[name] = value
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")


def _whole_number(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number has {len(text)} digits, and {MOST_DIGITS} are allowed")
    return int(text)


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
