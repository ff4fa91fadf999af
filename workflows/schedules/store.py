"""Schedules in Redis: a hash for each, and one set with the moment at which each is due."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import redis

from cluster.actions import Action, AdvisedError
from workflows.ledger.tallies import TALLIES
from workflows.schedules.cron import Due
from workflows.schedules.schedule import Kept, Outcome, Schedule

NAMES, DUE = "cw:schedules", "cw:schedules:due"
MOST_SCHEDULES = 500
WORDS = ("made", "joined", "refused", "missed")
# One step for Redis each: of two reconcilers that did the same slot, one tells of it.
PUT = """
local now = tonumber(redis.call('HGET', KEYS[1], 'revision') or '0')
if ARGV[6] ~= '' and tonumber(ARGV[6]) ~= now then return {0, now} end
redis.call('HSET', KEYS[1], 'revision', now + 1, 'document', ARGV[2], 'by', ARGV[3],
  'since', ARGV[4], 'maker', ARGV[7])
redis.call('SADD', KEYS[2], ARGV[1])
if ARGV[5] == '' then redis.call('ZREM', KEYS[3], ARGV[1])
else redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1]) end
return {1, now + 1}
"""
REMOVE = """
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
return redis.call('DEL', KEYS[1])
"""
SETTLE = """
local row = redis.call('HMGET', KEYS[1], 'revision', 'since')
if row[1] ~= ARGV[2] or row[2] ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'since', ARGV[4])
if ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'last', ARGV[6]) end
for i = 7, #ARGV, 2 do
  redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1])
  redis.call('HINCRBY', KEYS[3], 'slot|' .. ARGV[i], ARGV[i + 1])
end
if ARGV[5] == '' then redis.call('ZREM', KEYS[2], ARGV[1])
else redis.call('ZADD', KEYS[2], ARGV[5], ARGV[1]) end
return 1
"""


class ScheduleNotFound(AdvisedError):
    """There is no schedule of that name."""


class ScheduleMoved(AdvisedError):
    """Somebody has written the schedule in between; nothing is stored."""


class TooManySchedules(AdvisedError):
    """There are as many as reconcilers look after."""


class ScheduleStore:
    """Reads and writes schedules."""

    def __init__(self, client: redis.Redis) -> None:
        self.redis = client
        self._put = client.register_script(PUT)
        self._remove = client.register_script(REMOVE)
        self._settle = client.register_script(SETTLE)

    def all(self) -> list[Kept]:
        """Return every schedule, by name."""
        members: Any = self.redis.smembers(NAMES)
        return self._named(sorted(members))

    def soonest(self, count: int) -> list[Kept]:
        """Return the schedules that are due next, so many at most."""
        names: Any = self.redis.zrange(DUE, 0, count - 1)
        return self._named(names) if names else []

    def _named(self, names: Sequence[str]) -> list[Kept]:
        with self.redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hgetall(_key(name))
                pipe.zscore(DUE, name)
            rows = pipe.execute()
        return [_kept(row, due) for row, due in zip(rows[::2], rows[1::2], strict=True) if row]

    def one(self, name: str) -> Kept:
        """Return a schedule. Raises ``ScheduleNotFound``."""
        row: Any = self.redis.hgetall(_key(name))
        if not row:
            raise not_found(name)
        due: Any = self.redis.zscore(DUE, name)
        return _kept(row, due)

    def put(
        self,
        schedule: Schedule,
        by: str,
        now: datetime,
        expected_revision: int | None = None,
        *,
        maker: str = "",
    ) -> Kept:
        """Store a schedule in place of the one of its name; slots count from now on.

        ``by`` is the token that writes it, ``maker`` the person whose change it is.
        Raises ``ScheduleMoved`` where it is not at the revision that is expected (0: where there is
        one already), and ``TooManySchedules``.
        """
        is_there = bool(self.redis.sismember(NAMES, schedule.name))
        if not is_there and self.redis.scard(NAMES) >= MOST_SCHEDULES:
            raise TooManySchedules(
                f"cannot add schedule {schedule.name}: there are {MOST_SCHEDULES} already; remove "
                "one that is not needed any more",
                Action.LIST_SCHEDULES.of(),
            )
        following = schedule.times.after(now) if schedule.enabled else None
        text = json.dumps(schedule.as_dict(), sort_keys=True)
        expected = "" if expected_revision is None else str(expected_revision)
        since = repr(now.timestamp())
        arguments = [schedule.name, text, by, since, _score(following), expected, maker]
        answer: Any = self._put(keys=[_key(schedule.name), NAMES, DUE], args=arguments)
        is_stored, revision = map(int, answer)
        if not is_stored:
            raise _moved(schedule.name, revision)
        return self.one(schedule.name)

    def remove(self, name: str) -> None:
        """Take a schedule away; jobs that it made stay. Raises ``ScheduleNotFound``."""
        if not self._remove(keys=[_key(name), NAMES, DUE], args=[name]):
            raise not_found(name)

    def settle(self, kept: Kept, due: Due, outcome: Outcome | None) -> bool:
        """Record what became of the slots that were due; false where somebody else has done so."""
        counts: list[Any] = ["missed", due.missed] if due.missed else []
        if outcome and outcome.word != "missed":
            counts += [outcome.word, 1]
        arguments = [
            kept.schedule.name,
            kept.revision,
            repr(kept.since),
            repr(due.last.timestamp()),
            _score(due.next),
            json.dumps(outcome.as_dict()) if outcome else "",
            *counts,
        ]
        keys = [_key(kept.schedule.name), DUE, TALLIES]
        return bool(self._settle(keys=keys, args=arguments))

    def forget_due(self, name: str) -> None:
        """Take what is no schedule any more out of those that are due."""
        self.redis.zrem(DUE, name)


def _key(name: str) -> str:
    return f"cw:schedule:{name}"


def _score(at: datetime | None) -> str:
    return "" if at is None else str(int(at.timestamp() * 1000))


def _kept(row: Mapping[str, str], due: float | None) -> Kept:
    return Kept(
        Schedule.from_dict(json.loads(row["document"])),
        int(row["revision"]),
        row["by"],
        float(row["since"]),
        None if due is None else due / 1000,
        Outcome(**json.loads(row["last"])) if "last" in row else None,
        {word: int(row.get(word, 0)) for word in WORDS},
        row.get("maker", ""),
    )


def moment(at: float) -> datetime:
    """Return a moment of a schedule in UTC."""
    return datetime.fromtimestamp(at, UTC)


def not_found(name: str) -> ScheduleNotFound:
    """Return the error for a name that no schedule has."""
    return ScheduleNotFound(
        f"cannot find schedule {name}: there is none of that name; list the schedules that there "
        "are",
        Action.LIST_SCHEDULES.of(),
    )


def _moved(name: str, revision: int) -> ScheduleMoved:
    said = f"it is at revision {revision} by now" if revision else "there is none of that name"
    return ScheduleMoved(
        f"cannot write schedule {name}: {said}; look at it, and write your changes into that",
        Action.LIST_SCHEDULES.of(),
    )
