"""Which API processes live, and how many event streams each of them serves.

Each tells for itself, under a key that expires: so the numbers of a process that was killed go
away by themselves, and processes on several machines are counted alike.
"""

from typing import Any

import redis

PROCESSES = "cw:api"
KEPT_SECONDS = 10
"""How long a process counts after it was last heard."""


def tell(client: redis.Redis, process: str, streams: int) -> None:
    """Note that an API process lives, and how many event streams it serves."""
    now: Any = client.time()
    with client.pipeline(transaction=False) as pipe:
        pipe.set(f"{PROCESSES}:{process}", streams, ex=KEPT_SECONDS)
        pipe.zadd(PROCESSES, {process: now[0]})
        pipe.zremrangebyscore(PROCESSES, "-inf", now[0] - KEPT_SECONDS - 1)
        pipe.execute()


def streams(client: redis.Redis) -> list[int]:
    """Return the number of event streams of each API process that lives."""
    names: Any = client.zrange(PROCESSES, 0, -1)
    found: Any = client.mget([f"{PROCESSES}:{name}" for name in names]) if names else []
    return [int(number) for number in found if number is not None]
