"""What can be sent as it is meant, and what cannot; pure."""

from collections.abc import Mapping

from clusterwright.failures import Unsendable

ELSEWHERE = frozenset({"", ".", ".."})
"""Parts of an address that lead to another one: they are taken out on the way."""


def token(given: str | None) -> str:
    """Return a token without the white space around it, which files and variables often have.

    Raises ``Unsendable``, which does not tell the token.
    """
    found = (given or "").strip()
    if not _is_plain(found):
        raise Unsendable(
            f"cannot send the token: of its {len(found)} characters some are none that a token "
            "has; give it on one line, as it was shown"
        )
    return found


def require_path(path: str) -> None:
    """Raise ``Unsendable`` for a path that would lead to something else than it names."""
    if path != "/" and any(part in ELSEWHERE for part in path.split("/")[1:]):
        raise Unsendable(
            f"cannot ask for {path}: a name in it is empty, or made of dots alone; give the name "
            "of what is meant"
        )


def require_headers(headers: Mapping[str, str]) -> None:
    """Raise ``Unsendable`` for a value that no header can have; it may be secret, and is not told.

    An empty one is fine, white space around one is not.
    """
    for name, value in headers.items():
        if not _is_plain(value) or value != value.strip():
            raise Unsendable(
                f"cannot send the header {name}: its value has signs that no header can have; "
                "give one line of printable ASCII without blanks around it"
            )


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
