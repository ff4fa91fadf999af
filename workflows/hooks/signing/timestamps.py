"""How old a signed request may be, so that nobody sends again what was overheard; pure."""

import re
from datetime import datetime

from workflows.hooks.received import Received, Unsigned
from workflows.hooks.signing.signatures import signed_header

WINDOW_SECONDS = 300.0
"""Both ways, since clocks differ; what most senders advise."""
_SECONDS = re.compile(r"[0-9]{1,11}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(?:Z|[+-][0-9]{2}:[0-9]{2})")


def fresh_timestamp(
    received: Received,
    name: str,
    *,
    window: float = WINDOW_SECONDS,
    ahead: float = WINDOW_SECONDS,
) -> str:
    """Return a header's timestamp, as it was signed: seconds since 1970, or a date of RFC 3339.

    Raises ``Unsigned`` where it is missing or no timestamp, lies more than ``window`` seconds
    before the request came, or more than ``ahead`` seconds after it.
    """
    text = signed_header(received, name)
    seconds = _seconds(text)
    if seconds is None:
        raise Unsigned(
            f"cannot accept this: header {name} is no timestamp; it has to be whole seconds since "
            "1970, or a date"
        )
    require_fresh(seconds, received.at, f"header {name}", window=window, ahead=ahead)
    return text


def require_fresh(
    seconds: float,
    at: float,
    what: str,
    *,
    window: float = WINDOW_SECONDS,
    ahead: float = WINDOW_SECONDS,
) -> None:
    """Refuse what was signed too long before it came, or after it.

    Both are seconds since 1970, ``window`` and ``ahead`` seconds. Raises ``Unsigned``.
    """
    age = at - seconds
    if age > window:
        raise Unsigned(
            f"cannot accept this: {what} is {age:.0f} s old, and {window:.0f} s are allowed; send "
            "it anew, or compare the clocks"
        )
    if age < -ahead:
        raise Unsigned(
            f"cannot accept this: {what} lies {-age:.0f} s ahead, and {ahead:.0f} s are allowed; "
            "compare the clocks"
        )


def _seconds(text: str) -> float | None:
    if _SECONDS.fullmatch(text):
        return float(text)
    if not _DATE.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None
