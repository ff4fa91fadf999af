"""Windows and freezes in Redis: one hash; its revision says against which a job was held."""

import json
from collections.abc import Mapping
from typing import Any

import redis

from cluster.actions import Action, AdvisedError
from workflows.windows.calendar import Calendar, Freeze, Window

KEY = "cw:calendar"
WINDOW, FREEZE = "window", "freeze"
MOST_ENTRIES = 200
"""Windows and freezes: each change is held against all of its cluster."""
# One step for Redis: whoever waits for a window is looked at anew by the next reconciler.
WRITE = """
local n = 0
if ARGV[2] == '' then n = redis.call('HDEL', KEYS[1], ARGV[1])
else
  if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then n = 1 end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
if n == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], 'revision', 1)
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  redis.call('ZADD', KEYS[2], 0, id)
end
return 1
"""


class NoSuchEntry(AdvisedError):
    """There is no window, or no freeze, of that name."""


class TooMany(Exception):
    """There are as many windows and freezes as each change is held against."""


class CalendarStore:
    """Reads and writes windows and freezes."""

    def __init__(self, client: redis.Redis) -> None:
        self.redis = client
        self._write = client.register_script(WRITE)

    def load(self) -> Calendar:
        """Return all windows and freezes, by their names."""
        return load_calendar(self.redis)

    def put_window(self, window: Window) -> bool:
        """Store a window in place of the one of its name; return whether that changes anything.

        Raises ``TooMany``.
        """
        return self._put(WINDOW, window)

    def put_freeze(self, freeze: Freeze) -> bool:
        """Store a freeze in place of the one of its name; return whether that changes anything.

        Raises ``TooMany``.
        """
        return self._put(FREEZE, freeze)

    def remove_window(self, name: str) -> None:
        """Take a window away. Raises ``NoSuchEntry``."""
        self._remove(WINDOW, name, Action.LIST_WINDOWS)

    def remove_freeze(self, name: str) -> None:
        """Take a freeze away. Raises ``NoSuchEntry``."""
        self._remove(FREEZE, name, Action.LIST_FREEZES)

    def _put(self, sort: str, entry: Window | Freeze) -> bool:
        kept: Any = self.redis.hlen(KEY)
        if kept > MOST_ENTRIES and not self.redis.hexists(KEY, f"{sort}:{entry.name}"):
            raise TooMany(
                f"cannot add {sort} {entry.name}: there are {MOST_ENTRIES} windows and freezes "
                "already; remove those that are over"
            )
        text = json.dumps(entry.as_dict(), sort_keys=True)
        return bool(self._ask(f"{sort}:{entry.name}", text))

    def _remove(self, sort: str, name: str, listing: Action) -> None:
        if not self._ask(f"{sort}:{name}", ""):
            raise no_such(sort, name, listing)

    def _ask(self, field: str, text: str) -> int:
        answer: Any = self._write(keys=[KEY, "cw:openings"], args=[field, text])
        return int(answer)


def no_such(sort: str, name: str, listing: Action) -> NoSuchEntry:
    """Return the error for a name that nothing has."""
    return NoSuchEntry(
        f"cannot find {sort} {name}: there is none of that name; list the {sort}s that there are",
        listing.of(),
    )


def load_calendar(client: redis.Redis) -> Calendar:
    """Return all windows and freezes, by their names."""
    row: Any = client.hgetall(KEY)
    return calendar_of(row)


def calendar_of(row: Mapping[str, str]) -> Calendar:
    """Return the windows and freezes that stand in the hash."""
    windows = [json.loads(row[key]) for key in sorted(row) if key.startswith(f"{WINDOW}:")]
    freezes = [json.loads(row[key]) for key in sorted(row) if key.startswith(f"{FREEZE}:")]
    return Calendar(
        int(row.get("revision", 0)),
        tuple(map(Window.from_dict, windows)),
        tuple(map(Freeze.from_dict, freezes)),
    )
