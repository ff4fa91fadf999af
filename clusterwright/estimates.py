"""How long something may take, in words, by what the API tells of it; pure."""

from collections.abc import Mapping
from typing import Any

MINUTE, HOUR = 60, 3600
WHOSE = {
    "cluster": "on this cluster",
    "all": "on any cluster",
    "both": "on this cluster, or on any where it had too few",
}
"""Whose past runs an estimate rests on."""


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
    runs = durations["runs"]
    if not runs:
        return "how long it takes is not known: no past run of its steps on about as many hosts"
    plural = "" if runs == 1 else "s"
    rests = f"by {'at least ' if runs > 1 else ''}{runs} past run{plural} of each step"
    half = rough(durations["p50"])
    bound = _bound(durations["p50"], durations["p90"])
    return f"it takes about {half}{bound}, {rests} {WHOSE[durations['of']]}{_without(durations)}"


def left_in_words(estimate: Mapping[str, Any] | None, now: float) -> str:
    """Return how long a job may still take; empty where no past run tells of it.

    ``estimate`` is what the API tells of a job that goes on.
    """
    if not estimate:
        return ""
    ends = estimate["ends"]
    end = next((end for end in reversed(ends) if end["since"] <= now), ends[0])
    if end["p90"] is None:
        return _after_step(estimate, has_past=end is not ends[0])
    half, most = (max(end[name] - now, 0.0) for name in ("p50", "p90"))
    if not most:
        return "it takes longer by now than nine of ten past runs"
    if not half:
        return (
            "it takes longer by now than half of its past runs; "
            f"{rough(most)} more at most in nine of ten"
        )
    return f"{_more(half, most)}{_without(estimate)}"


def _after_step(estimate: Mapping[str, Any], *, has_past: bool) -> str:
    """Say what follows a step whose own end no past run tells of, or none any more."""
    after = estimate["after_step"]
    more = _more(after["p50"], after["p90"]) if after else ""
    if not has_past:
        return f"{more} after this step{_without(estimate)}" if more else ""
    beyond = "this step takes longer by now than every past run of it"
    return f"{beyond}{f'; {more} after it' if more else ''}{_without(estimate)}"


def _more(half: float, most: float) -> str:
    return f"about {rough(half)} more{_bound(half, most)}"


def _bound(half: float, most: float) -> str:
    return "" if rough(half) == rough(most) else f", {rough(most)} at most in nine of ten"


def _without(durations: Mapping[str, Any]) -> str:
    count = durations["without"]
    steps = f"{count} step{'' if count == 1 else 's'}"
    return f"; {steps} without a past run not counted" if count else ""
