"""When a delivery is tried again; pure. The waits are those of Standard Webhooks."""

MINUTE, HOUR = 60.0, 3600.0
WAITS = (
    *(0.0, 5.0, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR),
    *(10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR),
)
"""Seconds before each attempt, from the end of the one before."""
ATTEMPTS = len(WAITS)
SPREAD = 0.2
"""By how much of itself a wait may be longer, so that many do not come back at one moment."""
LONGEST_ASKED = 24 * HOUR
"""What a receiver may ask to be left alone for."""


def wait_after(attempts: int, spread: float, asked: float | None = None) -> float | None:
    """Return the seconds until the next attempt after so many, or ``None`` to give up.

    ``spread`` is a number from 0 to 1. What a receiver has ``asked`` for makes a wait longer, up to
    a day, and never shorter.
    """
    if attempts >= ATTEMPTS:
        return None
    planned = WAITS[max(attempts, 0)] * (1 + SPREAD * spread)
    return max(planned, min(max(asked or 0.0, 0.0), LONGEST_ASKED))
