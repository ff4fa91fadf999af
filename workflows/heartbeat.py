"""The heartbeat of a running step: renews its lease, and learns of a cancel or a lost lease.

A lease that cannot be renewed is lost *before* it ends, by the clock of this process alone: when
another Celery worker may claim the step, this one has stopped already. Redis counts a lease from
the moment at which it got the beat, this process from the earlier one at which it sent it.
"""

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType

from workflows.ledger import LEASE_SECONDS, Lease, Ledger

PERIOD_SECONDS = LEASE_SECONDS / 4
"""Between two beats, and how long Redis may take to answer one."""
AGAIN_SECONDS = PERIOD_SECONDS / 3
"""Between a beat that failed and the next: a short outage should not cost the attempt."""
MARGIN_SECONDS = 1.0
"""Left of the lease when a step is told to stop: for closing what acts on its hosts."""
HELD_SECONDS = LEASE_SECONDS - MARGIN_SECONDS
LOOK_SECONDS = 0.5
"""How often the clock is looked at, at least: waits stand still while the machine sleeps."""
# Unlike the monotonic clock it goes on while the machine sleeps, as Redis' own clock does.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
logger = logging.getLogger(__name__)


def clock() -> float:
    """Return seconds that nobody sets back; only their differences mean something."""
    return time.clock_gettime(_CLOCK)


class Heartbeat:
    """Beats beside a step until the step ends; ``answer`` is ``ok``, ``cancel`` or ``lost``.

    ``ledger`` has a connection of its own, which is closed at the end, and which gives up a beat
    after a period. ``claimed`` is when the claim was sent: it counts as the first beat.
    In a patched Celery worker child the threads are greenlets.
    """

    def __init__(
        self,
        ledger: Ledger,
        lease: Lease,
        *,
        claimed: float,
        interruptible: bool,
        interrupt: Callable[[], None],
    ) -> None:
        self.answer = "ok"
        self._ledger, self._lease = ledger, lease
        self._until = claimed + HELD_SECONDS
        self._interruptible, self._interrupt = interruptible, interrupt
        self._turn = threading.Lock()
        self._stop = threading.Event()
        # Two, because whatever keeps a beat from ending may not keep the clock from being seen.
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (("heartbeat", self._beat), ("lease", self._watch))
        ]

    def __enter__(self) -> "Heartbeat":
        self.look()  # the claim's answer may have been slow
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.look()
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=PERIOD_SECONDS)
        self._ledger.redis.close()

    def look(self) -> str:
        """Look at the clock, and return the answer."""
        if clock() >= self._until:
            self._end("lost")
        return self.answer

    def _watch(self) -> None:
        while self.look() != "lost":
            if self._stop.wait(min(LOOK_SECONDS, max(self._until - clock(), 0.0))):
                return

    def _beat(self) -> None:
        pause = PERIOD_SECONDS
        while self.answer != "lost" and not self._stop.wait(pause):
            sent = clock()
            try:
                answer = self._ledger.beat(self._lease)
            except Exception as error:  # whatever it is: without an answer the lease runs out
                logger.warning("cannot renew the lease of step %s: %s", self._lease.index, error)
                pause = AGAIN_SECONDS
                continue
            pause = PERIOD_SECONDS
            if answer == "lost":
                self._end("lost")
                return
            with self._turn:
                self._until = sent + HELD_SECONDS
            # A step that was told to stop holds its lease until it has ended.
            if answer == "cancel":
                self._cancel()

    def _cancel(self) -> None:
        """Have the step interrupted, or say that the cancel has to wait for it."""
        if self._interruptible:
            self._end("cancel")
        elif not self._is_waited_for:
            try:
                left = max(self._ends - clock(), 0.0)
                self._is_waited_for = self._ledger.goes_on(self._lease, left)
            except Exception as error:  # the next beat says it
                logger.warning("cannot say that the cancel waits: %s", error)

    def _end(self, answer: str) -> None:
        """Have the step interrupted, once for each answer; what is lost stays lost."""
        with self._turn:
            if self.answer in {answer, "lost"} or self._stop.is_set():
                return
            self.answer = answer
        try:
            self._interrupt()
        except Exception:
            logger.exception("cannot interrupt step %s: it is %s", self._lease.index, answer)
