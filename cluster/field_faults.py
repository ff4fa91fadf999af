"""What marshmallow finds fault with, as JSON pointers and sentences; pure."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from marshmallow import Schema
from marshmallow.exceptions import SCHEMA

from cluster.printable import short

LONGEST_SENTENCE = 400
UNKNOWN, LEFT_OUT = "Unknown field.", "Missing data for required field."


def flattened(messages: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield the pointer and the sentence of each fault."""
    if not isinstance(messages, Mapping):
        for text in [messages] if isinstance(messages, str) else messages:
            yield at, _sentence(str(text))
        return
    for key, inner in messages.items():
        if key in ("key", "value") and messages.keys() <= {"key", "value"}:
            # So marshmallow tells keys of a map and their values apart; it is no part of the map.
            yield from flattened(inner, at)
            continue
        part = str(key).replace("~", "~0").replace("/", "~1")
        yield from flattened(inner, at if key == SCHEMA else f"{at}/{short(part, 80)}")


def _sentence(text: str) -> str:
    """Bring marshmallow's own sentences into the form of all other messages."""
    text = short(text, LONGEST_SENTENCE)
    if text == UNKNOWN:
        return "cannot use this field: it is unknown"
    if text == LEFT_OUT:
        return "cannot leave this field out: it is required"
    if text.startswith("cannot "):
        return text
    return f"cannot use this value: {text[:1].lower()}{text[1:].rstrip('.')}"


def unknown_names(schema: Schema, given: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return a sentence for each name that a schema does not have, with the nearest it has."""
    known = [field.data_key or name for name, field in schema.fields.items()]
    return {name: [unknown(name, known)] for name in given if name not in known}


def unknown(name: str, known: list[str]) -> str:
    """Return what is wrong with a name that is none of those that are known."""
    near = get_close_matches(name, known, 1)
    choice = f"it is one of {', '.join(known)}" if known else "there is none to choose from"
    advice = f"did you mean {near[0]}?" if near else choice
    return f"cannot use {short(name, 80)}: {advice}"
