"""The heartbeat of a running step: renews its lease, and learns of a cancel or a lost lease."""

import logging
import threading
from collections.abc import Callable
from types import TracebackType

from redis.exceptions import RedisError

from workflows.ledger import LEASE_SECONDS, Lease, Ledger

PERIOD_SECONDS = LEASE_SECONDS / 4
logger = logging.getLogger(__name__)


class Heartbeat:
    """Beats beside a step until the step ends; ``answer`` is ``ok``, ``cancel`` or ``lost``.

    In a patched Celery worker child the thread is a greenlet.
    """

    def __init__(
        self, ledger: Ledger, lease: Lease, *, interruptible: bool, interrupt: Callable[[], None]
    ) -> None:
        self.answer = "ok"
        self._ledger, self._lease = ledger, lease
        self._interruptible, self._interrupt = interruptible, interrupt
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=PERIOD_SECONDS)

    def _beat(self) -> None:
        while not self._stop.wait(PERIOD_SECONDS):
            try:
                answer = self._ledger.beat(self._lease)
            except RedisError as error:
                # The lease may outlive a short outage; its token decides in the end.
                logger.warning("cannot renew the lease of step %s: %s", self._lease.index, error)
                continue
            if answer == "lost" or (answer == "cancel" and self._interruptible):
                self.answer = answer
                self._interrupt()
                return
