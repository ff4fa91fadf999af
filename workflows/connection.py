"""One way to reach Redis."""

import redis

from workflows.settings import Settings

MOST_CONNECTIONS = 32
"""Of one process. Whoever comes later waits for one: a burst of requests is slow, never refused."""
WAIT_SECONDS = 10


def connect(settings: Settings) -> redis.Redis:
    """Return a client; it connects when it is first used.

    ``socket_timeout`` is off because redis-py's five seconds would break blocking reads.
    """
    pool = redis.BlockingConnectionPool.from_url(
        settings.redis_url,
        max_connections=MOST_CONNECTIONS,
        timeout=WAIT_SECONDS,
        decode_responses=True,
        socket_timeout=None,
        socket_connect_timeout=5,
        health_check_interval=15,
    )
    return redis.Redis.from_pool(pool)
