"""Cuts the oldest records away from Redis once they stand in the file, and records that."""

import logging
from collections.abc import Callable
from itertools import takewhile

from workflows.audit.bounds import DAY_SECONDS, MOST_AT_ONCE, Bounds
from workflows.audit.copy import AuditCopy
from workflows.audit.kept import KeptRecords
from workflows.audit.records import CUT_VERB, Act, Record, following, record_of

LOOK_RECORDS, LOOK_SECONDS = 100, 60.0
"""How many records, or how much later, it is looked again at whether there are too many."""

logger = logging.getLogger(__name__)


class Cutting:
    """Looks now and then whether Redis has too much; whoever uses it holds the file."""

    def __init__(
        self, kept: KeptRecords, copy: AuditCopy, bounds: Bounds, clock: Callable[[], float]
    ) -> None:
        self.kept, self.copy, self.bounds, self.clock = kept, copy, bounds, clock
        self._next_number, self._next_look = 0, 0.0

    def after(self, newest: Record) -> None:
        """Cut what is too much, if it is time to look; ``newest`` is the last in both places.

        Raises ``RedisError`` and ``OSError``; nothing is cut then that is not in the file.
        """
        now = self.clock()
        if newest.number < self._next_number and now < self._next_look:
            return
        self._next_number = newest.number + min(LOOK_RECORDS, self.bounds.chunk)
        self._next_look = now + LOOK_SECONDS
        gone = self._too_many(now)
        if not gone:
            return
        if not self.copy.has(gone):
            logger.error(
                "cannot cut the audit log in Redis: records %d to %d do not all stand in %s; "
                "clusterwright audit verify tells what is missing",
                gone[0].number,
                gone[-1].number,
                self.copy.path,
            )
            return
        told = following(newest.number, newest.hash, _act(gone), now)
        self._next_number = 0  # perhaps there is more to cut, or another process was quicker
        if self.kept.cut(told, newest, gone[-1]):
            self.copy.add([told.line], last=told)

    def _too_many(self, now: float) -> list[Record]:
        """Return the oldest records that may go; none behind one that was altered."""
        standing = self.kept.standing()
        first = record_of(standing.first)
        is_old = first is not None and first.at < now - self.bounds.days * DAY_SECONDS
        if not is_old and standing.many - self.bounds.records < self.bounds.chunk:
            return []
        begin = standing.checkpoint.number + 1
        _, lines = self.kept.span(begin, begin + MOST_AT_ONCE - 1)
        rows = list(takewhile(lambda row: row is not None, map(record_of, lines)))
        records = [row for row in rows if row]
        return records[: self.bounds.too_many(records, standing.many, now)]


def _act(gone: list[Record]) -> Act:
    last = gone[-1]
    return Act(
        CUT_VERB,
        "Redis",
        after={"count": len(gone), "number": last.number, "hash": last.hash},
    )
