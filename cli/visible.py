"""What the API answers, fit for a terminal.

It has been made visible where it was taken from hosts. The command line trusts nobody with the
terminal all the same: not a server of another version, and not one that it was led to.
"""

from typing import Any

KEPT = "\n\t"


def visible(document: Any) -> Any:
    """Return a JSON document in which signs that are not printable are shown by their escapes."""
    if isinstance(document, str):
        return document if document.isprintable() else "".join(map(_shown, document))
    if isinstance(document, dict):
        return {visible(name): visible(value) for name, value in document.items()}
    return [visible(value) for value in document] if isinstance(document, list) else document


def _shown(sign: str) -> str:
    kept = sign.isprintable() or sign in KEPT
    return sign if kept else sign.encode("unicode_escape").decode()
