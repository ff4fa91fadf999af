"""Values with holes that an event fills: ``{get: issue.key}``, ``{words: ...}``, texts; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.printable import short
from workflows.hooks.rules.expressions import BadExpression, Expression, NotFound, compiled

GET, WORDS = "get", "words"
DEEPEST = 30
LONGEST_PIECE = 200
"""Characters of one hole of a text."""
LONGEST_TEXT = 1000
SEPARATORS = re.compile(r"[\s,]+")
PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


class Missing(Exception):
    """An event says nothing, or nothing of use, where a template asks it."""


class BadTemplate(Exception):
    """A template cannot be read; ``pointer`` is the place in it."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a value is taken out of the event."""

    expression: Expression
    splits: bool = False
    """Whether it is a list of words: a text split at commas and white space, or a list of texts."""

    def fill(self, document: Any) -> Any:
        """Return what the event says there. Raises ``Missing``."""
        text = self.expression.text
        try:
            found = self.expression.search(document)
        except NotFound as error:
            raise Missing(str(error)) from None
        if self.splits and found is not None:
            found = _words(found, text)
        if found in (None, "", []):
            raise Missing(f"field missing: {text} is not in the event, or empty")
        return found


def _words(found: Any, text: str) -> list[str]:
    if isinstance(found, str):
        return [word for word in SEPARATORS.split(found) if word]
    if isinstance(found, list) and all(isinstance(word, str) for word in found):
        return found
    raise Missing(f"cannot split {text} into words: it is no text and no list of texts")


def value_template(value: Any, pointer: str = "", depth: int = 0) -> Any:
    """Return a JSON value in which ``{get: ...}`` and ``{words: ...}`` have become holes.

    Raises ``BadTemplate``.
    """
    if depth > DEEPEST:
        raise BadTemplate(pointer, f"cannot use this value: it is deeper than {DEEPEST}")
    if isinstance(value, list):
        return [
            value_template(one, f"{pointer}/{place}", depth + 1) for place, one in enumerate(value)
        ]
    if not isinstance(value, dict):
        return value
    for word in (GET, WORDS):
        if word in value and len(value) == 1:
            return _hole(word, value[word], f"{pointer}/{word}")
    return {
        key: value_template(one, f"{pointer}/{_escaped(key)}", depth + 1)
        for key, one in value.items()
    }


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _hole(word: str, text: Any, pointer: str) -> Hole:
    if not isinstance(text, str):
        raise BadTemplate(
            pointer, f"cannot use this as the expression of {word}: a text with JMESPath is wanted"
        )
    try:
        return Hole(compiled(text), splits=word == WORDS)
    except BadExpression as error:
        raise BadTemplate(pointer, str(error)) from None


def asks_the_event(template: Any) -> bool:
    """Whether a value has holes."""
    if isinstance(template, Mapping):
        return any(map(asks_the_event, template.values()))
    return (
        any(map(asks_the_event, template))
        if isinstance(template, list)
        else isinstance(template, Hole)
    )


def filled(template: Any, document: Any) -> Any:
    """Return the value with its holes filled by an event. Raises ``Missing``."""
    if isinstance(template, Hole):
        return template.fill(document)
    if isinstance(template, Mapping):
        return {key: filled(one, document) for key, one in template.items()}
    return [filled(one, document) for one in template] if isinstance(template, list) else template


@dataclass(frozen=True, slots=True)
class Text:
    """A text with JMESPath in braces."""

    pieces: tuple[str | Expression, ...] = ()

    def fill(self, document: Any) -> str:
        """Return the text on one line; a piece of which the event says nothing is a dash."""
        whole = "".join(
            piece if isinstance(piece, str) else _shown(piece, document) for piece in self.pieces
        )
        return short(whole, LONGEST_TEXT)


def _shown(piece: Expression, document: Any) -> str:
    try:
        found = piece.search(document)
    except NotFound:
        return "-"
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return "-"  # nothing, or no words
    return short(" ".join(str(found).split()), LONGEST_PIECE)


def text_template(text: str) -> Text:
    """Return a text whose braces hold JMESPath; ``{{`` is a brace. Raises ``BadTemplate``."""
    pieces: list[str | Expression] = []
    end = 0
    for found in PIECE.finditer(text):
        pieces.append(text[end : found.start()])
        end = found.end()
        if found[0] in ("{", "}"):
            raise BadTemplate(
                "", f"cannot use the brace at place {found.start()}: write {found[0] * 2} for it"
            )
        pieces.append(found[0][0] if found[1] is None else _piece(found[1]))
    return Text((*pieces, text[end:]))


def _piece(text: str) -> Expression:
    try:
        return compiled(text)
    except BadExpression as error:
        raise BadTemplate("", str(error)) from None
