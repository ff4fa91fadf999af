"""How long the client goes on trying, and when it tries again; pure."""

from dataclasses import dataclass
from typing import Any

import httpx

from clusterwright.calls import Call, seconds_of

PASSING = frozenset({429, 502, 503})
"""Statuses that pass by themselves."""
REFUSED_UNREAD = 429
"""Whoever asks too often is refused before anything is done, so that any call can be repeated."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is repeated, and for how long a job is followed without a connection."""

    repeats: int = 3
    """How often a call is repeated that the API did not carry out."""
    longest_seconds: float = 30.0
    """What the API may ask to wait before; it is taken at its word, so longer is a failure."""
    first_seconds: float = 0.5
    """The first wait where the API says nothing of it; each is twice the one before."""
    reconnect_seconds: float = 1.0
    """Between two connections that follow the same job."""
    give_up_seconds: float = 120.0
    """How long a job is followed without a connection."""

    def pause(
        self, call: Call[Any], tried: int, outcome: httpx.Response | httpx.HTTPError
    ) -> float | None:
        """Return the seconds to wait before a call is sent again; ``None`` for it stands."""
        if tried > self.repeats:
            return None
        asked: float | None = None
        if isinstance(outcome, httpx.Response):
            status = outcome.status_code
            if status not in PASSING or not (call.can_be_repeated or status == REFUSED_UNREAD):
                return None
            asked = seconds_of(outcome.headers.get("Retry-After", ""))
        elif not call.can_be_repeated:
            return None
        seconds = self.first_seconds * 2 ** (tried - 1) if asked is None else asked
        return seconds if seconds <= self.longest_seconds else None


ONCE = Patience(repeats=0)
"""What is refused is refused: somebody sits in front of it, and can ask again."""
