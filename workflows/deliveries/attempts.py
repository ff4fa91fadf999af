"""Since when each thread of a Celery worker has been at one attempt, and whether one hangs.

A request has its time limit, but a service of Apprise sends by itself and may not come back. A
thread cannot be ended from outside, its process can: what it was sending is due again when its
lease ends, and another process sends it.
"""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator

from workflows.deadlines import clock

LONGEST_SECONDS = 120.0
"""Of one attempt: many times that of a request, for services that send several."""
HANGING = 1
"""What the process ends with."""
logger = logging.getLogger(__name__)


class Attempts:
    """The attempts that are being made in this process."""

    def __init__(
        self, longest: float = LONGEST_SECONDS, end: Callable[[int], object] = os._exit
    ) -> None:
        self._longest, self._end = longest, end
        self._begun: dict[object, float] = {}

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """Be at an attempt for as long as the block lasts."""
        attempt = object()
        self._begun[attempt] = clock()
        try:
            yield
        finally:
            del self._begun[attempt]

    def look(self) -> None:
        """End this process at once where an attempt hangs; its supervisor starts another."""
        longest = max((clock() - begun for begun in list(self._begun.values())), default=0.0)
        if longest > self._longest:
            logger.critical("the Celery worker ends: a delivery hangs for %.0f s", longest)
            self._end(HANGING)
