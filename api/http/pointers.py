"""JSON pointers (RFC 6901) to the fields that a schema finds fault with."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields
from marshmallow.exceptions import SCHEMA

MOST_TOLD = 100
"""Nobody reads more errors or findings than that at once."""
LONGEST_ECHO = 80
LONGEST_SENTENCE = 2000
"""Room for each finding that can be accepted, where a request names one that cannot be."""


def cut(text: str, most: int = LONGEST_ECHO) -> str:
    """Return the beginning of what a request said; its end is told to be missing."""
    return text if len(text) <= most else text[:most] + "…"


def first_of(errors: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return so many errors as are told; the last row says how many are not."""
    left = len(errors) - MOST_TOLD
    if left <= 0:
        return errors
    return [*errors[:MOST_TOLD], {"pointer": "", "detail": f"and {left} more"}]


def pointers(messages: Any, schema: Schema, base: str = "") -> list[dict[str, str]]:
    """Return one row per fault: where it is, and what is wrong there."""
    return [{"pointer": at, "detail": text} for at, text in _walk(messages, schema, base)]


def _walk(messages: Any, kind: Any, at: str) -> Iterator[tuple[str, str]]:
    if not isinstance(messages, Mapping):
        for text in [messages] if isinstance(messages, str) else messages:
            yield at, _sentence(str(text))
        return
    for key, inner in messages.items():
        if key == SCHEMA:
            yield from _walk(inner, kind, at)
        else:
            yield from _descend(inner, kind, key, f"{at}/{_escape(cut(str(key)))}")


def _descend(messages: Any, kind: Any, key: Any, at: str) -> Iterator[tuple[str, str]]:
    """Go one level down; a dictionary's faults stand under ``key`` or ``value``."""
    if isinstance(kind, Schema):
        yield from _walk(messages, _named(kind, key), at)
    elif isinstance(kind, fields.Nested):
        yield from _walk(messages, _named(kind.schema, key), at)
    elif isinstance(kind, fields.List):
        yield from _walk(messages, kind.inner, at)
    elif isinstance(kind, fields.Mapping) and isinstance(messages, Mapping):
        yield from _walk(messages.get("key", ()), None, at)
        yield from _walk(messages.get("value", ()), kind.value_field, at)
    else:
        yield from _walk(messages, None, at)


def _named(schema: Schema, key: Any) -> fields.Field[Any] | None:
    found = {field.data_key or name: field for name, field in schema.fields.items()}
    return found.get(str(key))


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _sentence(text: str) -> str:
    """Bring marshmallow's own sentences into the form of all other messages."""
    text = cut(text, LONGEST_SENTENCE)
    if text == "Unknown field.":
        return "cannot use this field: it is unknown"
    if text == "Missing data for required field.":
        return "cannot leave this field out: it is required"
    if text.startswith("cannot "):
        return text
    return f"cannot use this value: {text[:1].lower()}{text[1:].rstrip('.')}"
