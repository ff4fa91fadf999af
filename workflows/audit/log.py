"""The audit log: a list in Redis with the newest records, and all of them in files.

Redis decides which record comes next, so that many processes write one chain. A process with a
data directory then brings its file up to date, with what others have recorded too, and cuts away
from Redis what is too much (``cutting.py``); one without, such as a Celery worker, leaves that to
them. Where Redis has lost what the file has, because it
was emptied or put back as it was before, the next record is preceded by what was lost and by one
that tells of it.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import redis
from redis.exceptions import RedisError

from workflows.audit.bounds import USUAL, Bounds, Checkpoint
from workflows.audit.copy import COPY, AuditCopy
from workflows.audit.cutting import Cutting
from workflows.audit.kept import KEY as KEY  # whoever reads the list asks this module for it
from workflows.audit.kept import KeptRecords
from workflows.audit.records import RESTORED as RESTORED
from workflows.audit.records import Act, Record, following, record_of
from workflows.audit.verifying import Findings, verify

PAGE = 500
MOST_ATTEMPTS = 5
"""At reading what is cut at its beginning meanwhile."""
IN_TURN = threading.Lock()
"""Within a process one appends after the other: those that meet would all try again but one."""


_latest = [""]
"""What this process has appended last. Often it is the last of all; else Redis tells that."""

logger = logging.getLogger(__name__)


class CutMeanwhile(Exception):
    """What was to be read next has been cut away from Redis."""


class AuditLog:
    """Appends and reads records."""

    def __init__(
        self,
        client: redis.Redis,
        data_dir: Path | None = None,
        *,
        bounds: Bounds = USUAL,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.redis, self.bounds, self.clock = client, bounds, clock
        self.kept = KeptRecords(client)
        self.copy = AuditCopy(data_dir / COPY, bounds.file_bytes) if data_dir else None
        self._cutting = Cutting(self.kept, self.copy, bounds, clock) if self.copy else None

    def append(self, act: Act) -> Record:
        """Record an act, and return its record once it is stored.

        Raises ``RedisError``, and ``OSError`` where Redis has it and the file has not.
        """
        made: Record | None = None
        if self.copy is None:
            return self._push(act)
        try:
            with self.copy.held():
                kept = self.copy.last()
                made = self._next(act, kept) if kept else None
                if made is None:
                    made = self._push(act, self._restored(kept))
                    self._bring_up_to_date(made, kept)
                else:
                    self.copy.add([made.line], last=made)
                self._cut(made)
                return made
        except OSError:
            if made is None:
                self._push(act)
            raise

    def _next(self, act: Act, kept: Record) -> Record | None:
        """Append behind the file's last record; ``None``, and nothing, where Redis has another."""
        made = following(kept.number, kept.hash, act, self.clock())
        return made if self.kept.append(kept.line, made.line) is None else None

    def _cut(self, newest: Record) -> None:
        """Cut away what is too much; the act is recorded by now, whatever becomes of this."""
        if self._cutting is None:
            return
        try:
            self._cutting.after(newest)
        except (RedisError, OSError) as error:
            logger.warning("cannot cut the audit log in Redis: %s; it is tried again", error)

    def _push(self, act: Act, last: str | None = None) -> Record:
        """Append to the list in Redis, behind whatever is the last by then."""
        with IN_TURN:
            last = _latest[0] if last is None else last
            while True:
                place = self._place(last)
                made = following(place.number, place.hash, act, self.clock())
                other = self.kept.append(last, made.line)
                if other is None:
                    _latest[0] = made.line
                    return made
                last = other

    def _place(self, line: str) -> Checkpoint:
        found = record_of(line)
        return Checkpoint.of(found) if found else self.kept.standing().place(line)

    def _restored(self, kept: Record | None) -> str | None:
        """Return the last line of Redis, which gets back what only the file has, if it is lost.

        That has to go on from what Redis has. ``kept`` is the file's last; without an answer the
        last line has to be looked for anew.
        """
        standing = self.kept.standing()
        if kept is None or self.copy is None or kept.number <= standing.count:
            return standing.last
        lost = _way(self.copy.lines(), kept, standing.place(standing.last).hash)
        checkpoint, last = standing.checkpoint, standing.last
        if not standing.many and not checkpoint.number and len(lost) > self.bounds.records:
            # What would be cut away at once does not come back.
            checkpoint = Checkpoint.of(lost[-self.bounds.records - 1])
            lost = lost[-self.bounds.records :]
            if not self.kept.begin_behind(checkpoint):
                return None  # another process does so
        for record in lost:
            if self.kept.append(last, record.line) is not None:
                return None
            last = record.line
        if lost:
            self._push(Act(RESTORED, "Redis", after=_told(lost, checkpoint)))
        return None

    def _bring_up_to_date(self, made: Record, kept: Record | None) -> None:
        if self.copy is None:
            return
        if kept and kept.hash == made.former:
            self.copy.add([made.line], last=made)
            return
        _, rows = self.kept.span(kept.number + 1 if kept else 1, made.number)
        # Where the file is of another chain, it still gets what happened here.
        self.copy.add(rows if made.line in rows else [made.line])

    def count(self) -> int:
        """Return the number of the last record."""
        return self.kept.standing().count

    def lines(self, *, page: int = PAGE) -> Iterator[str]:
        """Yield what Redis has, the oldest first. Raises ``CutMeanwhile``."""
        return self._lines(self.kept.standing().checkpoint.number + 1, page)

    def verified(self, at: int = 0) -> Findings:
        """Reckon the chain anew in Redis and in the files; ``at`` is a record to be told of."""
        for attempt in range(MOST_ATTEMPTS):
            checkpoint = self.kept.standing().checkpoint
            file = self.copy.lines() if self.copy else ()
            try:
                return verify(self._lines(checkpoint.number + 1, PAGE), file, checkpoint, at)
            except CutMeanwhile:
                if attempt == MOST_ATTEMPTS - 1:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _lines(self, place: int, page: int) -> Iterator[str]:
        while True:
            begin, rows = self.kept.span(place, place + page - 1)
            if begin != place:
                raise CutMeanwhile("cannot read the audit log: it is being cut; try again")
            yield from rows
            if len(rows) < page:
                return
            place += page

    def newest(self, before: int, most: int) -> list[tuple[int, Record | None]]:
        """Return up to so many places below one, the newest first, each with its record.

        A line that was altered is no record any more: verifying tells of it.
        """
        end = min(before - 1, self.count())
        begin, rows = self.kept.span(max(end - most + 1, 1), end)
        return [(place, record_of(row)) for place, row in reversed(list(enumerate(rows, begin)))]


def _told(lost: Sequence[Record], checkpoint: Checkpoint) -> dict[str, Any]:
    """Return what is recorded of records that Redis gets back, and behind which they begin."""
    cut = {"number": checkpoint.number, "hash": checkpoint.hash} if checkpoint.number else {}
    return cut | {"count": len(lost), "first": lost[0].number}


def _way(lines: Iterable[str], last: Record, begin: str) -> list[Record]:
    """Return the records that lead from the one with a hash to the last; none if there is no way.

    A file may hold several chains, where Redis was put back while its file was not at hand.
    """
    records = {record.hash: record for record in map(record_of, lines) if record}
    way = [last]
    while way[-1].former != begin:
        former = records.pop(way[-1].former, None)
        if former is None:
            return []
        way.append(former)
    return way[::-1]
