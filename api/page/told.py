"""What a page has said already: a sentence stands there once, at the top, and not again below."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

OTHERS = re.compile(r" \(and [0-9]+ more\)$")
"""What a step adds to the words of its first failed host."""


class Told:
    """The sentences that were told."""

    def __init__(self, *top: str) -> None:
        """Begin with what stands at the top: what is part of that is told, too."""
        self._top = top
        self._told = {_plain(text) for text in top}

    def once(self, text: str) -> str:
        """Return ``text`` to be told, or nothing if it was."""
        plain = _plain(text)
        if plain in self._told or any(plain in sentence for sentence in self._top):
            return ""
        self._told.add(plain)
        return text

    def all_of(self, error: Mapping[str, Any]) -> None:
        """Count all sentences of an error as told."""
        self._told.update(map(_plain, _sentences(error)))


def _sentences(error: Mapping[str, Any]) -> Iterator[str]:
    for row in (error, *(error.get("failures") or ()), *(error.get("findings") or ())):
        yield str(row.get("message", ""))


def _plain(text: str) -> str:
    return OTHERS.sub("", text)
