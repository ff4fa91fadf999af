"""Each request of a chat is carried out once, however often it is delivered, also at once."""

import json
import time
from collections.abc import Callable
from typing import Any

from redis import Redis

from workflows.access import RequestKey
from workflows.chat.answers import Said

AT_WORK = "at work"
WORK_MS = 2500
"""Within which an answer is made; whoever ends in between leaves the request to the next."""
WAIT_SECONDS, LOOK_SECONDS = 2.5, 0.02
LATE = Said("this is being carried out already; type jobs to see what becomes of it")


def told_once(redis: Redis, key: RequestKey, make: Callable[[], Said]) -> Said:
    """Return the answer that a request of this key has, or had; only the first makes it."""
    name = f"cw:chat:{key.place}"
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        if redis.set(name, AT_WORK, nx=True, px=WORK_MS):
            return _made(redis, name, key, make)
        kept: Any = redis.get(name)
        if kept and kept != AT_WORK:
            return Said.from_dict(json.loads(kept))
        time.sleep(LOOK_SECONDS)
    return LATE


def _made(redis: Redis, name: str, key: RequestKey, make: Callable[[], Said]) -> Said:
    try:
        said = make()
    except BaseException:
        redis.delete(name)  # so that whoever sends it again is not told to wait
        raise
    redis.set(name, json.dumps(said.as_dict()), ex=int(key.seconds))
    return said
