"""What Redis has of the audit log: a list of its newest records, and what stood before them."""

from dataclasses import dataclass
from typing import Any

import redis

from workflows.audit.bounds import Checkpoint
from workflows.audit.records import Record, record_of

KEY = "cw:audit"
CUT = "cw:audit:cut"
"""Number and hash of the last record that was cut away from the list."""
# Each is one step, so that no two records follow the same one, and none is told that is not there.
APPEND = """
local last = redis.call('LINDEX', KEYS[1], -1) or ''
if last ~= ARGV[1] then return last end
redis.call('RPUSH', KEYS[1], ARGV[2])
return false
"""
STANDING = """
local cut = redis.call('HMGET', KEYS[2], 'number', 'hash')
local first, last = redis.call('LINDEX', KEYS[1], 0), redis.call('LINDEX', KEYS[1], -1)
return {cut[1] or '0', cut[2] or '', redis.call('LLEN', KEYS[1]), first or '', last or ''}
"""
# From one number to another; what was cut away is left out.
SPAN = """
local cut = tonumber(redis.call('HGET', KEYS[2], 'number') or '0')
local first, last = math.max(ARGV[1] - cut - 1, 0), ARGV[2] - cut - 1
if last < first then return {cut + first + 1, {}} end
return {cut + first + 1, redis.call('LRANGE', KEYS[1], first, last)}
"""
CUT_AWAY = """
local cut = tonumber(redis.call('HGET', KEYS[2], 'number') or '0')
local many = ARGV[3] - cut
if redis.call('LINDEX', KEYS[1], -1) ~= ARGV[1] then return 0 end
if redis.call('LINDEX', KEYS[1], many - 1) ~= ARGV[5] then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[2])
redis.call('LTRIM', KEYS[1], many, -1)
redis.call('HSET', KEYS[2], 'number', ARGV[3], 'hash', ARGV[4])
return 1
"""
BEGIN = """
if redis.call('EXISTS', KEYS[1], KEYS[2]) > 0 then return 0 end
redis.call('HSET', KEYS[2], 'number', ARGV[1], 'hash', ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the list stands."""

    checkpoint: Checkpoint
    many: int
    """How many records it has."""
    first: str
    last: str
    """Its first and its last line; empty where it has none."""

    @property
    def count(self) -> int:
        """The number of the last record, as many as there ever were."""
        return self.checkpoint.number + self.many

    def place(self, line: str) -> Checkpoint:
        """Return where a line stands that is the last, one that was altered by its place alone."""
        if found := record_of(line):
            return Checkpoint.of(found)
        return self.checkpoint if not line else Checkpoint(self.count)


class KeptRecords:
    """The list; whoever appends says behind which line."""

    def __init__(self, client: redis.Redis) -> None:
        self.redis = client
        scripts = (APPEND, STANDING, SPAN, CUT_AWAY, BEGIN)
        self._append, self._standing, self._span, self._cut, self._begin = map(
            client.register_script, scripts
        )

    def append(self, last: str, line: str) -> str | None:
        """Append behind the last line; where another is the last, that is returned instead."""
        answer: Any = self._append(keys=[KEY], args=[last, line])
        return None if answer is None else str(answer)

    def standing(self) -> Standing:
        number, digest, many, first, last = self._standing(keys=[KEY, CUT])
        return Standing(Checkpoint(int(number), digest), int(many), first, last)

    def span(self, first: int, last: int) -> tuple[int, list[str]]:
        """Return the lines between two numbers, and the number of the first that is there."""
        begin, rows = self._span(keys=[KEY, CUT], args=[first, last])
        return int(begin), list(rows)

    def cut(self, told: Record, behind: Record, upto: Record) -> bool:
        """Cut away all up to a record, and append the one that tells it; whether that was done.

        Nothing is done where the last is not the one ``behind`` which it is to be.
        """
        args = (behind.line, told.line, upto.number, upto.hash, upto.line)
        return bool(self._cut(keys=[KEY, CUT], args=args))

    def begin_behind(self, checkpoint: Checkpoint) -> bool:
        """Begin an empty list behind a record; whether it was empty."""
        args = (checkpoint.number, checkpoint.hash)
        return bool(self._begin(keys=[KEY, CUT], args=args))
