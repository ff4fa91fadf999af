"""How long something may take, in words; pure."""

from collections.abc import Mapping
from typing import Any

MINUTE, HOUR = 60, 3600


def rough(seconds: float) -> str:
    """Return a length of time as exactly as an estimate is: in seconds, minutes, or both units."""
    if seconds < MINUTE:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / MINUTE)
    if minutes < HOUR // MINUTE:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def in_short(durations: Mapping[str, Any]) -> str:
    """Return how long a step may take, for a column: half of its runs, and nine of ten."""
    half, most = rough(durations["p50"]), rough(durations["p90"])
    return f"about {half}" if half == most else f"about {half}, {most} at most"


def in_words(durations: Mapping[str, Any]) -> str:
    """Return how long a whole plan may take, on what that rests, and what it leaves out."""
    runs, without = durations["runs"], durations["without"]
    if not runs:
        return "how long it takes is not known: no past run of its steps on about as many hosts"
    half, most = rough(durations["p50"]), rough(durations["p90"])
    bound = "" if half == most else f", {most} at most in nine of ten"
    plural = "" if runs == 1 else "s"
    rests = f"by {'at least ' if runs > 1 else ''}{runs} past run{plural} of each step"
    left = f"; {without} step{'' if without == 1 else 's'} without a past run not counted"
    return f"it takes about {half}{bound}, {rests}{left if without else ''}"


def left_in_words(durations: Mapping[str, Any]) -> str:
    """Return how long the rest of a plan may take; empty where no past run tells of it."""
    if not durations["runs"]:
        return ""
    if not durations["p90"]:
        return "it takes longer by now than nine of ten past runs"
    most = rough(durations["p90"])
    if not durations["p50"]:
        return (
            f"it takes longer by now than half of its past runs; {most} more at most in nine of ten"
        )
    half = rough(durations["p50"])
    bound = "" if half == most else f", {most} at most in nine of ten"
    without = durations["without"]
    left = f"; {without} step{'' if without == 1 else 's'} without a past run not counted"
    return f"about {half} more{bound}{left if without else ''}"
