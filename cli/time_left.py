"""How long a job that goes on may still take, in words; pure.

The API tells moments, so that they hold until the job's next step; the time of day is ours.
"""

from collections.abc import Mapping
from typing import Any

MINUTE, HOUR = 60, 3600


def left_in_words(estimate: Mapping[str, Any] | None, now: float) -> str:
    """Return what is left at a moment; empty where no past run tells of it."""
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
        beyond = "it takes longer by now than half of its past runs"
        return f"{beyond}; {_rough(most)} more at most in nine of ten"
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
    bound = "" if _rough(half) == _rough(most) else f", {_rough(most)} at most in nine of ten"
    return f"about {_rough(half)} more{bound}"


def _without(estimate: Mapping[str, Any]) -> str:
    count = estimate["without"]
    steps = f"{count} step{'' if count == 1 else 's'}"
    return f"; {steps} without a past run not counted" if count else ""


def _rough(seconds: float) -> str:
    """Return a length of time as exactly as an estimate is, as a plan says it."""
    if seconds < MINUTE:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / MINUTE)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
