"""Text of strangers, made fit to be kept and shown: short, and without what could steer a terminal.

What hosts and servers say ends in messages, logs, drawings and on terminals. Control characters,
invisible ones, those that turn the direction of writing, and separators of lines and paragraphs are
shown by their escapes, as Python writes them, so that nobody is deceived and nothing is hidden.
"""

from collections.abc import Mapping
from typing import Any

LONGEST_LINE = 500
"""Signs that are kept of one line, or of one thing that a host tells."""
LONGEST_TEXT = 2000
"""Signs that are kept of one message or advice."""
MOST_CHARACTERS = 200
ELLIPSIS = "..."


def visible(text: str, *, keep: str = "") -> str:
    """Return the text with every sign that is not printable, but for those in ``keep``, escaped."""
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or sign in keep else sign.encode("unicode_escape").decode()
        for sign in text
    )


def visible_in(document: Any) -> Any:
    """Return a JSON document with all its texts and names visible; new lines and tabs are kept."""
    if isinstance(document, str):
        return visible(document, keep="\n\t")
    if isinstance(document, Mapping):
        return {visible_in(name): visible_in(value) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [visible_in(value) for value in document]
    return document


def short(text: str, most: int = LONGEST_LINE) -> str:
    """Return the text visibly, on one line, and cut to a length; a tab is a space."""
    shown = visible(text[: most + 1].replace("\t", " "))
    return shown if len(shown) <= most else shown[: most - len(ELLIPSIS)] + ELLIPSIS


def printable(text: bytes) -> str:
    """Return what a server says, on one line, without what could steer a terminal, and cut."""
    line = "".join(
        sign if sign.isprintable() else " " for sign in text[:4096].decode(errors="replace")
    )
    return short(" ".join(line.split()), MOST_CHARACTERS)
