"""One way to reach Redis: every question has its time, so that nothing waits for ever.

A firewall that drops a connection silently, a machine that froze: without a limit whoever asks
would wait for as long as the kernel believes in the connection, which is a quarter of an hour.
Nothing is asked twice by itself: a question without an answer may have been carried out all the
same, and whoever asked knows best what that means.
"""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from workflows.process.settings import Settings

MOST_CONNECTIONS = 32
"""Of one process. Whoever comes later waits for one: a burst of requests is slow, never refused."""
ANSWER_SECONDS = 5.0
"""How long Redis may take to answer, and as long again to be connected to; and how long whoever
finds every connection taken waits for one."""
LONGEST_BLOCK_SECONDS = ANSWER_SECONDS - 2
"""How long a blocking read may ask to wait: its answer has to come before the limit."""


def connect(settings: Settings, *, answer_within: float = ANSWER_SECONDS) -> redis.Redis:
    """Return a client; it connects when it is first used."""
    pool = redis.BlockingConnectionPool.from_url(
        settings.redis_url,
        max_connections=MOST_CONNECTIONS,
        timeout=answer_within,
        decode_responses=True,
        socket_timeout=answer_within,
        socket_connect_timeout=answer_within,
        health_check_interval=15,
        retry=Retry(NoBackoff(), 0),
    )
    return redis.Redis.from_pool(pool)
