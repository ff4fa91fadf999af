"""How long finished jobs are kept: by age, and by number for each cluster."""

import time
from dataclasses import dataclass

from workflows.ledger.ledger import Ledger

PERIOD_SECONDS = 60.0
DAY_MS = 24 * 3600 * 1000


@dataclass
class Retention:
    """Forgets jobs, a few at a time; those that are unfinished or may still go on always stay."""

    ledger: Ledger
    keep_jobs: int
    """Of each cluster, at least so many of its newest jobs, unless they are too old."""
    keep_days: int
    _due: float = 0.0

    def tick(self) -> int:
        """Forget some jobs if it is time to; return how many."""
        if time.monotonic() < self._due:
            return 0
        forgotten, more = self.ledger.prune(self.keep_jobs, self.keep_days * DAY_MS)
        self._due = 0.0 if more else time.monotonic() + PERIOD_SECONDS
        return forgotten
