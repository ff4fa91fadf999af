"""What a reconciler does at set times: slots of schedules, windows that open, news of clusters.

While nothing is due, one short question is all that Redis is asked.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import redis.exceptions

from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.schedules.firing import fire
from workflows.schedules.proposals import propose
from workflows.schedules.store import ScheduleStore
from workflows.windows.reopening import reopen

UNREACHABLE = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)
logger = logging.getLogger(__name__)


class Timed:
    """Does what is due by Redis' clock; none of it keeps another waiting."""

    def __init__(self, ledger: Ledger, inventory: Inventory) -> None:
        self._ledger, self._inventory = ledger, inventory
        self._store = ScheduleStore(ledger.redis)
        self._last_errors: dict[str, str] = {}

    def tick(self) -> None:
        """Do what is due now. Raises only what Redis itself is in the way of."""
        stores = self._ledger, self._inventory
        due = self._ledger.due_by_time()
        now = datetime.fromtimestamp(due.now, UTC)
        for name in due.schedules:
            self._one("schedule", name, partial(fire, *stores, self._store, name, now))
        for job in due.held_back:
            self._one("job", job, partial(reopen, *stores, job))
        for member in due.changed:
            self._one("cluster", member, partial(propose, *stores, member))

    def _one(self, what: str, name: str, act: Callable[[], object]) -> None:
        """Act; tell of what goes wrong once, and not twice a second for as long as it lasts."""
        key = f"{what} {name}"
        try:
            act()
        except UNREACHABLE:
            raise
        except Exception as error:  # a record's, a plan's: the others still have their turns
            before, self._last_errors[key] = self._last_errors.get(key), repr(error)
            if before != self._last_errors[key]:
                logger.exception("cannot do what is due for %s; trying again", key)
        else:
            self._last_errors.pop(key, None)
