"""The one place that knows the ledger's Python side and its script: all else asks here.

The script is the product's own, but for its clock, which the search moves.
"""

import json
import re

import redis as redis_client

from workflows.ledger.functions import LedgerFunctions
from workflows.ledger.ledger import Ledger
from workflows.ledger.script import script
from workflows.states import CARRIED_OUT

CLOCK = "redis.call('TIME')"
VIRTUAL_CLOCK = "{0, (redis.call('GET', 'model:now') or '0') * 1000}"
NOW = 1_000_000
"""Milliseconds: every state stands at this moment, and all its times are told from it."""

# Streams, counts and what only people read decide nothing.
DUMP = """
local found = {}
for _, key in ipairs(redis.call('KEYS', 'cw:*')) do
  local kind = redis.call('TYPE', key).ok
  if kind == 'hash' then table.insert(found, {key, kind, redis.call('HGETALL', key)})
  elseif kind == 'string' then table.insert(found, {key, kind, redis.call('GET', key)})
  elseif kind == 'list' then table.insert(found, {key, kind, redis.call('LRANGE', key, 0, -1)})
  elseif kind == 'set' then table.insert(found, {key, kind, redis.call('SMEMBERS', key)})
  elseif key == 'cw:due' or key == 'cw:openings' then
    table.insert(found, {key, 'zset', redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')})
  end
end
return found
"""
LOAD = """
redis.call('FLUSHDB')
redis.call('SET', 'model:now', ARGV[2])
for key, value in pairs(cjson.decode(ARGV[1])) do
  if type(value) == 'string' then redis.call('SET', key, value)
  elseif key == 'cw:due' or key == 'cw:openings' then
    for id, at in pairs(value) do redis.call('ZADD', key, at, id) end
  elseif value[1] then
    local is_set = string.find(key, ':holds$') or string.find(key, '^cw:loose:')
      or string.find(key, '^cw:sharers:')
      or key == 'cw:clusters'
    local put = is_set and 'SADD' or 'RPUSH'
    redis.call(put, key, unpack(value))
  else
    local row = {}
    for field, text in pairs(value) do
      table.insert(row, field)
      table.insert(row, text)
    end
    if #row > 0 then redis.call('HSET', key, unpack(row)) end
  end
end
"""


def once(text: str, old: str, new: str) -> str:
    """Replace what stands exactly once, so that the model never tests something else unnoticed."""
    found = text.count(old)
    assert found == 1, (
        f"cannot replace {old!r} in the ledger's script: it stands there {found} times"
    )
    return text.replace(old, new)


class ModelledLedger(Ledger):
    """The ledger with a clock that the search moves, and its whole state as a value.

    ``change`` is a text of the script and what takes its place: a rule that is broken on purpose.
    """

    def __init__(self, client: redis_client.Redis, change: tuple[str, str] | None = None) -> None:
        super().__init__(client)
        text = once(script(), CLOCK, VIRTUAL_CLOCK)
        if change:
            text = once(text, *change)
        self.functions = LedgerFunctions(client, text)
        self._dump = client.register_script(DUMP)
        self._load = client.register_script(LOAD)

    def load(self, state: dict) -> None:
        """Make the ledger what ``dump`` has returned; it is ``NOW``."""
        self._load(args=[json.dumps(state), NOW])

    def pass_time(self, milliseconds: int) -> None:
        self.redis.incrby("model:now", milliseconds)

    def dump(self) -> dict:
        """Return every key with its value, but for streams and for what is only counted."""
        found = {}
        for key, kind, value in self._dump():
            if kind in {"hash", "zset"}:
                found[key] = dict(zip(value[::2], value[1::2], strict=True))
            else:
                found[key] = sorted(value) if kind == "set" else value
        return found

    def message(self, job: str) -> list | None:
        """Return what publishing the job puts into the broker: its id, epoch and steps."""
        tail = self.tail(job)
        if not tail.indexes or tail.status not in CARRIED_OUT:
            return None
        return [job, tail.epoch, list(tail.indexes)]

    def create_planned(self, job: str, planned: dict) -> str:
        """Create a job of a plan; answers ``created``, ``same``, or why it was not taken."""
        answer, _ = self._ask("create", **planned, id=job)
        return answer


def without_places(text: str) -> str:
    """A node's place in its record is for drawing only."""
    return re.sub(r'(\\?"place\\?":)\d+', r"\g<1>0", text)
