"""How often somebody has asked within a window of time, over all API processes.

A process takes portions of a hundredth from Redis, and gives them out by itself: so a poll costs no
question to Redis for it, all processes together never give out more than the limit, and what is
left unused of a portion is the only error.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import redis
from redis.exceptions import ResponseError

from workflows.process.limit_settings import Limit

PREFIX = "cw:asked:"
MOST_KNOWN = 20_000
"""Whom a process remembers at once; beyond that, those of windows that are over are forgotten."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Window:
    """One window of somebody, as this process has it."""

    number: int
    here: int
    """Requests that are left of the portions that were taken."""
    elsewhere: int
    """Requests that nobody had taken when Redis was last asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is left to somebody after a request; ``remaining`` below 0 refuses it."""

    remaining: int
    resets: int
    """In how many seconds the next window begins."""


class Allowances:
    """Counts requests; safe for many at once."""

    def __init__(self, client: redis.Redis | None, clock: Callable[[], float] = time.time) -> None:
        """Without a ``client`` a process counts for itself alone."""
        self.redis, self._clock = client, clock
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()

    def ask(self, who: str, limit: Limit) -> Asked:
        """Count one request of ``who``, a name that tells the limit too.

        Raises what redis-py does where Redis cannot be reached. One that takes no writes counts
        nothing, as who only looks is answered by such a one, too.
        """
        now = self._clock()
        number = int(now // limit.seconds)
        resets = limit.seconds - int(now % limit.seconds)
        window = self._windows.get(who)
        if window is None or window.number != number:
            window = self._begin(who, number, limit)
        while not self._given(window):
            if window.elsewhere < 1:
                return Asked(-1, resets)
            self._take(who, window, limit)
        return Asked(window.here + window.elsewhere, resets)

    def _given(self, window: _Window) -> bool:
        with self._lock:
            given = window.here > 0
            window.here -= given
        return given

    def _begin(self, who: str, number: int, limit: Limit) -> _Window:
        if len(self._windows) >= MOST_KNOWN:
            self._windows = {
                name: kept for name, kept in self._windows.items() if kept.number == number
            }
        if len(self._windows) >= MOST_KNOWN:
            self._windows.clear()
        window = self._windows[who] = _Window(number, 0, limit.amount)
        return window

    def _take(self, who: str, window: _Window, limit: Limit) -> None:
        """Take a portion of what nobody has taken yet."""
        if self.redis is None:
            self._add(window, window.elsewhere, left=0)
            return
        key = f"{PREFIX}{who}:{window.number}"
        try:
            with self.redis.pipeline(transaction=False) as pipe:
                pipe.incrby(key, limit.portion)
                pipe.expire(key, 2 * limit.seconds)
                taken = int(pipe.execute()[0])
        except ResponseError as error:
            logger.info("cannot count the requests of %s: %s", who, error)
            self._add(window, limit.amount, left=0)
            return
        before = taken - limit.portion
        portion = max(min(limit.portion, limit.amount - before), 0)
        self._add(window, portion, left=max(limit.amount - taken, 0))
        if not portion:
            logger.warning("%s asks more than %d times in %d s", who, limit.amount, limit.seconds)

    def _add(self, window: _Window, portion: int, *, left: int) -> None:
        with self._lock:
            window.here += portion
            window.elsewhere = left
