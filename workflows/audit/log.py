"""The audit log: a list in Redis that only grows, and a copy of it in a file.

Redis decides which record comes next, so that many processes write one chain. A process with a
data directory then brings its file up to date, with what others have recorded too; one without,
such as a Celery worker, leaves that to them. Where Redis has lost what the file has, because it
was emptied or put back as it was before, the next record is preceded by what was lost and by one
that tells of it.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import redis

from workflows.audit.copy import COPY, AuditCopy
from workflows.audit.records import Act, BadRecord, Record, following

KEY = "cw:audit"
PAGE = 500
RESTORED = "restore-audit-log"
"""The verb of the record that tells what Redis had lost."""
# One step, so that no two records follow the same one.
APPEND = """
local last = redis.call('LINDEX', KEYS[1], -1) or ''
if last ~= ARGV[1] then return last end
redis.call('RPUSH', KEYS[1], ARGV[2])
return false
"""


IN_TURN = threading.Lock()
"""Within a process one appends after the other: those that meet would all try again but one."""


_latest = [""]
"""What this process has appended last. Often it is the last of all; else Redis tells that."""


class AuditLog:
    """Appends and reads records."""

    def __init__(
        self,
        client: redis.Redis,
        data_dir: Path | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.redis, self.clock = client, clock
        self.copy = AuditCopy(data_dir / COPY) if data_dir else None
        self._append = client.register_script(APPEND)

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
                return made
        except OSError:
            if made is None:
                self._push(act)
            raise

    def _next(self, act: Act, kept: Record) -> Record | None:
        """Append behind the file's last record; ``None``, and nothing, where Redis has another."""
        made = following(kept.number, kept.hash, act, self.clock())
        is_other = self._append(keys=[KEY], args=[kept.line, made.line]) is not None
        return None if is_other else made

    def _push(self, act: Act, last: str | None = None) -> Record:
        """Append to the list in Redis, behind whatever is the last by then."""
        with IN_TURN:
            last = _latest[0] if last is None else last
            while True:
                made = following(*self._place(last), act, self.clock())
                answer: Any = self._append(keys=[KEY], args=[last, made.line])
                if answer is None:
                    _latest[0] = made.line
                    return made
                last = str(answer)

    def _place(self, line: str) -> tuple[int, str]:
        """Return the number and the hash of a line; one that was altered still has a place."""
        if found := _record(line):
            return found.number, found.hash
        return self.count(), ""

    def _restored(self, kept: Record | None) -> str | None:
        """Return the last line of Redis, which gets back what only the file has, if it is lost.

        That has to go on from what Redis has. ``kept`` is the file's last; without an answer the
        last line has to be looked for anew.
        """
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.llen(KEY)
            pipe.lindex(KEY, -1)
            count, line = pipe.execute()
        last = str(line or "")
        if kept is None or self.copy is None or kept.number <= count:
            return last
        lost = _way(self.copy.lines(), kept, self._place(last)[1])
        for record in lost:
            if self._append(keys=[KEY], args=[last, record.line]) is not None:
                return None  # another process does so
            last = record.line
        if lost:
            self._push(Act(RESTORED, "Redis", after={"count": len(lost), "first": count + 1}))
        return None

    def _bring_up_to_date(self, made: Record, kept: Record | None) -> None:
        if self.copy is None:
            return
        if kept and kept.hash == made.former:
            self.copy.add([made.line])
            return
        rows: Any = self.redis.lrange(KEY, kept.number if kept else 0, -1)
        # Where the file is of another chain, it still gets what happened here.
        self.copy.add(rows if made.line in rows else [made.line])

    def count(self) -> int:
        """Return how many records Redis has."""
        found: Any = self.redis.llen(KEY)
        return int(found)

    def lines(self, *, page: int = PAGE) -> Iterator[str]:
        """Yield what Redis has, the oldest first."""
        begin = 0
        while True:
            rows: Any = self.redis.lrange(KEY, begin, begin + page - 1)
            yield from rows
            if len(rows) < page:
                return
            begin += page

    def newest(self, before: int, most: int) -> list[tuple[int, Record | None]]:
        """Return up to so many places below one, the newest first, each with its record.

        A line that was altered is no record any more: verifying tells of it.
        """
        end = min(before - 1, self.count())
        begin = max(end - most, 0)
        if end < 1:
            return []
        rows: Any = self.redis.lrange(KEY, begin, end - 1)
        return [(place, _record(row)) for place, row in reversed(list(enumerate(rows, begin + 1)))]


def _record(line: str) -> Record | None:
    try:
        return Record.of(line)
    except BadRecord:
        return None


def _way(lines: Iterable[str], last: Record, begin: str) -> list[Record]:
    """Return the records that lead from the one with a hash to the last; none if there is no way.

    A file may hold several chains, where Redis was put back while its file was not at hand.
    """
    records = {record.hash: record for record in map(_record, lines) if record}
    way = [last]
    while way[-1].former != begin:
        former = records.pop(way[-1].former, None)
        if former is None:
            return []
        way.append(former)
    return way[::-1]
