"""Publishes what nobody is working on: lost steps, due retries, jobs that never reached the queue.

Every Celery worker runs one; many copies are safe, because the ledger gives each due job to one.
That of a Celery worker which serves no site only makes deliveries of what has happened.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Collection

import redis.exceptions

from workflows.celery_workers import celery_worker_seen
from workflows.deliveries.store import Deliveries
from workflows.ledger.ledger import Ledger
from workflows.queue import DELIVERY_KEY, QUEUE_KEYS, publish, publish_deliverer
from workflows.retention import Retention
from workflows.timed import Timed

PERIOD_SECONDS = 0.5
UNREACHABLE = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError)
"""What mends itself when Redis is back."""
logger = logging.getLogger(__name__)


def process_name() -> str:
    """Return a name for this process that is unique among the Celery workers."""
    return f"{socket.gethostname()}:{os.getpid()}"


def reconcile(ledger: Ledger) -> list[str]:
    """Publish the tail of every job that is due; return the ids of those that were published.

    A job that cannot be published keeps no other waiting; it is due again after its grace.
    """
    return [job_id for job_id in ledger.due(QUEUE_KEYS) if _is_published(ledger, job_id)]


def _is_published(ledger: Ledger, job_id: str) -> bool:
    try:
        tail = publish(ledger, job_id)
    except Exception as error:  # the broker's, a record's, Celery's: a later look tries again
        _tell("publish the steps that remain", error, job=job_id)
        return False
    if tail is None:
        return False
    log_fields = {"job": job_id, "epoch": tail.epoch, "trace_id": tail.trace_id}
    logger.info("published the steps that remain: %d", len(tail.indexes), extra=log_fields)
    return True


def hand_out(deliveries: Deliveries) -> bool:
    """Make deliveries of what has happened; return whether a deliverer was sent for."""
    ticket = secrets.token_hex(8)
    is_wanted = deliveries.hand_out(DELIVERY_KEY, ticket)
    if is_wanted:
        publish_deliverer(ticket)
    return is_wanted


class Reconciler:
    """Reconciles in a thread of the Celery worker's main process until it is stopped.

    No exception ends it. If something else does, it calls ``ended``: a Celery worker without a
    reconciler looks healthy, and lets every lost job stay lost.
    """

    def __init__(
        self,
        ledger: Ledger,
        ended: Callable[[], None],
        retention: Retention | None = None,
        sites: Collection[str] = ("default",),
        timed: Timed | None = None,
        *,
        delivers: bool = False,
        look: Callable[[], object] | None = None,
    ) -> None:
        """Without ``retention`` every job is kept for good; ``sites`` are those that it serves.

        Without ``timed`` no schedule is looked after, and no window opens. ``delivers`` says
        whether its Celery worker takes deliveries; ``look`` is called at each turn as well.
        """
        self._look = look
        self._timed = timed
        self._sites, self._delivers = tuple(sites), delivers
        self._ledger, self._ended, self._retention = ledger, ended, retention
        self._deliveries = Deliveries(ledger.redis, ledger.functions)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="reconciler", daemon=True)
        self._last_errors: dict[str, str] = {}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def _loop(self) -> None:
        name = process_name()
        try:
            while not self._stop.is_set():
                self._try("tell that it lives", lambda: self._tell_that_it_lives(name))
                if self._timed:
                    self._try("do what is due at this time", self._timed.tick)
                if self._sites:
                    self._try("reconcile", lambda: reconcile(self._ledger))
                self._try("hand out what has happened", lambda: hand_out(self._deliveries))
                if self._look:
                    self._try("look for deliveries that hang", self._look)
                if self._retention:
                    self._try("forget old jobs", self._retention.tick)
                self._stop.wait(PERIOD_SECONDS)
        finally:
            if not self._stop.is_set():
                logger.critical("the reconciler has ended", exc_info=True)
                self._ended()

    def _tell_that_it_lives(self, name: str) -> None:
        celery_worker_seen(self._ledger.redis, name, self._sites, delivers=self._delivers)

    def _try(self, what: str, act: Callable[[], object]) -> None:
        """Act; tell of what goes wrong once, and not twice a second for as long as it lasts."""
        try:
            act()
        except Exception as error:
            before, self._last_errors[what] = self._last_errors.get(what), repr(error)
            if before == self._last_errors[what]:
                return
            _tell(what, error)
        else:
            self._last_errors.pop(what, None)


def _tell(what: str, error: Exception, **about: str) -> None:
    """Log an error: in one line what mends itself, and with its traceback what does not."""
    mends_itself = isinstance(error, UNREACHABLE)
    level = logging.WARNING if mends_itself else logging.ERROR
    trace = None if mends_itself else error
    logger.log(level, "cannot %s: %s; trying again", what, error, exc_info=trace, extra=about)
