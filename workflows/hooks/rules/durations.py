"""Times as people write them: ``30m``, ``2h``; pure."""

import re

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION = re.compile(r"([1-9][0-9]{0,5})([smhd])", re.ASCII)


def seconds_of(text: str) -> int | None:
    """Return the seconds of a time such as ``30m``, or nothing if it is none."""
    parts = DURATION.fullmatch(text)
    return int(parts[1]) * UNITS[parts[2]] if parts else None
