"""The heartbeat of a running step: renews its lease, and learns of a cancel or a lost lease.

A lease that cannot be renewed is lost *before* it ends, by the clock of this process alone: when
another Celery worker may claim the step, this one has stopped already. Redis counts a lease from
the moment at which it got the beat, this process from the earlier one at which it sent it.
"""

import logging
import math
import threading
from collections.abc import Callable
from types import TracebackType

from deploy_scripts.fleet.errors import Transient
from workflows.deadlines import Row, clock
from workflows.ledger.claims import Lease
from workflows.ledger.ledger import LEASE_SECONDS, Ledger

PERIOD_SECONDS = LEASE_SECONDS / 4
"""Between two beats, and how long Redis may take to answer one."""
AGAIN_SECONDS = PERIOD_SECONDS / 3
"""Between a beat that failed and the next: a short outage should not cost the attempt."""
MARGIN_SECONDS = 1.0
"""Left of the lease when a step is told to stop: for closing what acts on its hosts."""
HELD_SECONDS = LEASE_SECONDS - MARGIN_SECONDS
LOOK_SECONDS = 0.5
"""How often the clock is looked at, at least: waits stand still while the machine sleeps."""
SILENT_SECONDS = HELD_SECONDS + MARGIN_SECONDS / 2
"""From a beat until a process that was not heard again is killed: later than it would have stopped
by itself, and before another Celery worker can claim its step."""
STOP_SECONDS = 15.0
"""How long it may take to begin a step, to end it once it is told to stop, or to record its end."""
SILENT = "the process that carried it out gave no sign of life for {:.1f} s and was ended"
OVERDUE = "it did not end within {:.0f} s and was ended"
DEAF = (
    "the process that carried it out did not stop within {:.0f} s of being told to, and was ended"
)
OVERDUE_ADVICE = (
    "look at the hosts that are shown as running; CLUSTERWRIGHT_STEP_SECONDS of the Celery worker "
    "is how long a step may take"
)
logger = logging.getLogger(__name__)


class Heartbeat:
    """Beats beside a step until the step ends.

    ``answer`` is ``ok``, ``cancel``, ``overdue`` when the step took longer than its ``limit`` in
    seconds, or ``lost``. ``row`` is where the process says by when it is heard again.

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
        limit: float,
        row: Row,
        interruptible: bool,
        interrupt: Callable[[], None],
    ) -> None:
        self.answer = "ok"
        self._ledger, self._lease, self._row = ledger, lease, row
        self._until = claimed + HELD_SECONDS
        self._ends = claimed + limit
        self._overdue = OVERDUE.format(limit)
        self._stops, self._why = math.inf, ""
        self._interruptible, self._interrupt = interruptible, interrupt
        self._turn = threading.Lock()
        self._stop = threading.Event()
        # Two, because whatever keeps a beat from ending may not keep the clock from being seen.
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (("heartbeat", self._beat), ("lease", self._watch))
        ]

    def __enter__(self) -> "Heartbeat":
        self._hear(self._until - HELD_SECONDS)
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
        self._row.expect(clock() + STOP_SECONDS, SILENT.format(STOP_SECONDS))
        for thread in self._threads:
            thread.join(timeout=PERIOD_SECONDS)
        self._ledger.redis.close()

    def look(self) -> str:
        """Look at the clock, and return the answer."""
        if clock() >= self._until:
            self._end("lost")
        elif clock() >= self._ends:
            self._end("overdue")
        return self.answer

    def overdue(self) -> Transient:
        """Return what is said of a step that took longer than its limit."""
        return Transient(f"cannot finish the step: {self._overdue}", advice=OVERDUE_ADVICE)

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
                self._hear(sent)
            # A step that was told to stop holds its lease until it has ended.
            if answer == "cancel" and self._interruptible:
                self._end("cancel")

    def _hear(self, sent: float) -> None:
        """Say by when this process is heard again, or has stopped."""
        silent = sent + SILENT_SECONDS
        if silent < self._stops:
            self._row.expect(silent, SILENT.format(SILENT_SECONDS))
        else:
            self._row.expect(self._stops, self._why)

    def _end(self, answer: str) -> None:
        """Have the step interrupted, once for each answer; what is lost stays lost."""
        with self._turn:
            if self._stop.is_set() or not (
                self.answer == "ok" or (answer == "lost" and self.answer != "lost")
            ):
                return
            if self.answer == "ok":
                self._stops = clock() + STOP_SECONDS
                self._why = self._overdue if answer == "overdue" else DEAF.format(STOP_SECONDS)
            self.answer = answer
            if answer == "lost":  # no beat follows
                self._row.expect(self._stops, self._why)
        try:
            self._interrupt()
        except Exception:
            logger.exception("cannot interrupt step %s: it is %s", self._lease.index, answer)
