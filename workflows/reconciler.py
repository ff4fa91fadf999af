"""Publishes what nobody is working on: lost steps, due retries, jobs that never reached the queue.

Every Celery worker runs one; many copies are safe, because the ledger gives each due job to one.
"""

import logging
import os
import socket
import threading

from redis.exceptions import RedisError

from workflows.ledger import Ledger
from workflows.queue import QUEUE_KEYS, publish

PERIOD_SECONDS = 0.5
logger = logging.getLogger(__name__)


def process_name() -> str:
    """Return a name for this process that is unique among the Celery workers."""
    return f"{socket.gethostname()}:{os.getpid()}"


def reconcile(ledger: Ledger) -> list[str]:
    """Publish the tail of every job that is due; return their ids."""
    due = ledger.due(QUEUE_KEYS)
    for job_id in due:
        tail = publish(ledger, job_id)
        if tail is not None:
            told = {"job": job_id, "epoch": tail.epoch, "trace_id": tail.trace_id}
            logger.info("published the steps that remain: %d", len(tail.indexes), extra=told)
    return due


class Reconciler:
    """Reconciles in a thread of the Celery worker's main process until it is stopped."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="reconciler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def _loop(self) -> None:
        name = process_name()
        while not self._stop.is_set():
            try:
                self._ledger.worker_seen(name)
                reconcile(self._ledger)
            except (RedisError, OSError) as error:
                logger.warning("cannot reconcile: %s; trying again", error)
            self._stop.wait(PERIOD_SECONDS)
