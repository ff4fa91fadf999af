"""Whether a step is tried again after a transient error, and when.

Pure: the engine brings the number of tries and a random number, the ledger keeps the due time.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a step is tried after transient errors, and how long it waits between."""

    attempts: int = 3
    base_seconds: float = 2.0
    cap_seconds: float = 60.0

    def delay(self, tries: int, spread: float) -> float | None:
        """Return the seconds to wait after ``tries`` tries, or ``None`` to give up.

        ``spread`` is a number from 0 to 1 that keeps many jobs from retrying at one moment.
        """
        if tries >= self.attempts:
            return None
        full = min(self.cap_seconds, self.base_seconds * 2.0 ** (tries - 1))
        return full * (0.5 + spread / 2)


STORE = Retry(attempts=8, base_seconds=60.0, cap_seconds=300.0)
"""For the snap store, which is away for minutes rather than seconds: some 20 minutes in all."""
PATIENCE = {"snap-store": STORE}
"""Codes of failed hosts that want other waits than their step."""


def patience(planned: Retry, codes: Iterable[str]) -> Retry:
    """Return how a step is retried whose hosts failed with these codes."""
    return next((PATIENCE[code] for code in codes if code in PATIENCE), planned)
