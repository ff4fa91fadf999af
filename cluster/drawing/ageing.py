"""Health that ages: what was well when it was seen is not known to be so for ever."""

from cluster.drawing.quorum_words import Health

MINUTE, HOUR, DAY = 60, 3600, 86400
WERE = {
    Health.GOOD: "healthy",
    Health.WARN: "in need of attention",
    Health.BAD: "without quorum",
}


def aged(health: Health, *, is_old: bool) -> Health:
    """Return what is known now; what was bad stays so until it is seen again."""
    return Health.UNKNOWN if is_old and health is not Health.BAD else health


def verdict(then: Health, seconds: float, *, is_old: bool) -> str:
    """Return in words how something was, and how many ``seconds`` ago that was."""
    past_state = f"was {WERE.get(then, 'unknown')} {ago(seconds)}"
    return f"health is unknown now: {past_state}" if is_old else past_state


def ago(seconds: float) -> str:
    """Return how long ago something was, in whole minutes at the finest.

    A drawing is the same for a minute, so that asking for it again costs no body.
    """
    for unit, length, least in (("d", DAY, 2), ("h", HOUR, 2), ("min", MINUTE, 1)):
        if seconds >= least * length:
            return f"{int(seconds // length)} {unit} ago"
    return "less than a minute ago"
