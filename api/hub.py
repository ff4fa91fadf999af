"""The hub: one reader per process follows all events and hands them to the clients that wait.

A reader per client would take a connection each and starve the rest of the API.
Works the same with threads and, where gevent has patched the process, with greenlets.
"""

import logging
import queue
import threading
import time
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from api.http.sse import frame
from workflows.events import Event
from workflows.ledger.ledger import Ledger

BLOCK_MS = 2000
PAUSE_SECONDS = 0.5
START_SECONDS = 5.0
QUEUE_SIZE = 256
"""Events that a client may lag behind before it is dropped; it resumes by its last id."""
MOST_CLIENTS = 800
"""Below the connections that one process serves, so that there is room for requests."""

logger = logging.getLogger(__name__)


class HubFull(Exception):
    """As many clients wait as may."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event, with its text made once for all clients."""

    event: Event
    text: bytes


@dataclass(eq=False, slots=True)
class Subscription:
    """One client's place in the hub."""

    job: str
    queue: "queue.Queue[Delivery]" = field(default_factory=lambda: queue.Queue(QUEUE_SIZE))
    dropped: bool = False

    def next(self, timeout: float) -> Delivery | None:
        """Return the next event, or ``None`` when none came in time or none will come."""
        try:
            return self.queue.get(timeout=0 if self.dropped else timeout)
        except queue.Empty:
            return None


class Hub:
    """Fans the common stream out to bounded queues; its reader runs while somebody waits."""

    def __init__(self, ledger: Ledger, *, most_clients: int = MOST_CLIENTS) -> None:
        self.most_clients = most_clients
        self.ledger = ledger
        self._lock = threading.Lock()
        self._clients: dict[str, set[Subscription]] = {}
        self._count = 0
        self._reader: threading.Thread | None = None
        self._positioned = threading.Event()

    @property
    def clients(self) -> int:
        return self._count

    def subscribe(self, job: str) -> Subscription:
        """Return a place from which no later event of ``job`` is lost."""
        place = Subscription(job)
        with self._lock:
            if self._count >= self.most_clients:
                raise HubFull(
                    f"cannot follow job {job}: {self._count} clients wait already, "
                    f"and this process serves {self.most_clients}"
                )
            self._count += 1
            self._clients.setdefault(job, set()).add(place)
            if self._reader is None:
                self._positioned.clear()
                self._reader = threading.Thread(target=self._read, name="event-hub", daemon=True)
                self._reader.start()
        self._positioned.wait(START_SECONDS)
        return place

    def leave(self, place: Subscription) -> None:
        """Give a place back; a second time does nothing."""
        with self._lock:
            self._remove(place)

    def close(self) -> None:
        """Give every place back, and return when the reader has ended."""
        with self._lock:
            reader = self._reader
            for place in [place for waiting in self._clients.values() for place in waiting]:
                place.dropped = True
                self._remove(place)
        if reader:
            reader.join()

    def _remove(self, place: Subscription) -> None:
        waiting = self._clients.get(place.job, set())
        if place not in waiting:
            return
        waiting.discard(place)
        self._count -= 1
        if not waiting:
            del self._clients[place.job]

    def _read(self) -> None:
        """Follow the common stream until nobody waits; the position outlives an outage of Redis."""
        position = "$"
        try:
            while self._wanted():
                block = BLOCK_MS if self._positioned.is_set() else 1
                try:
                    position, events = self.ledger.tail_global(position, block)
                except RedisError as error:
                    logger.warning("cannot read events: %s; trying again", error)
                    time.sleep(PAUSE_SECONDS)
                    continue
                self._positioned.set()
                for event in events:
                    self._hand_out(event)
        except BaseException:
            with self._lock:
                self._reader = None  # the next client starts another; heartbeats replay meanwhile
            raise

    def _wanted(self) -> bool:
        with self._lock:
            if not self._count:
                self._reader = None
            return self._reader is not None

    def _hand_out(self, event: Event) -> None:
        with self._lock:
            waiting = tuple(self._clients.get(event.job, ()))
        if not waiting:
            return
        delivery = Delivery(event, frame(event))
        for place in waiting:
            try:
                place.queue.put_nowait(delivery)
            except queue.Full:
                place.dropped = True
                self.leave(place)
