"""Moments as people and other programs read them."""

from datetime import UTC, datetime


def rfc3339(seconds: float | None) -> str | None:
    """Return Unix time as RFC 3339 has it, in UTC and milliseconds, as the logs do."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
