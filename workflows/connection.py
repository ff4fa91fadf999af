"""One way to reach Redis."""

import redis

from workflows.settings import Settings


def connect(settings: Settings) -> redis.Redis:
    """Return a client; it connects when it is first used.

    ``socket_timeout`` is off because redis-py's five seconds would break blocking reads.
    """
    return redis.Redis.from_url(
        settings.redis_url,
        decode_responses=True,
        socket_timeout=None,
        socket_connect_timeout=5,
        health_check_interval=15,
    )
