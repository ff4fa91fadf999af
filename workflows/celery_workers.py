"""Which Celery workers live, which sites they serve, and whether they tell receivers of events.

Each tells for itself, twice a second; who was not heard for half a minute does not count.
"""

from collections.abc import Collection
from typing import Any

import redis

WORKERS = "cw:workers"
"""The names of those that serve a site, by the moment at which each was heard."""
SITES = "cw:workers:sites"
"""The sites that they serve, by the moment at which one of those was heard."""
DELIVERING = "cw:workers:delivering"
"""The names of those that take deliveries, in the same way; most of them serve no site."""
SEEN_SECONDS = 30
"""How long a Celery worker counts after it was last heard."""
KEPT_SECONDS = 24 * 3600


def celery_worker_seen(
    client: redis.Redis,
    name: str,
    sites: Collection[str] = ("default",),
    *,
    delivers: bool = False,
) -> None:
    """Note that a Celery worker lives, which sites it serves, and whether it takes deliveries.

    One that serves no site carries out no step, and does not count among those that do.
    """
    now: Any = client.time()
    rows = (
        (WORKERS, [name] if sites else []),
        (SITES, list(sites)),
        (DELIVERING, [name] if delivers else []),
    )
    with client.pipeline(transaction=False) as pipe:
        for key, names in rows:
            if names:
                pipe.zadd(key, dict.fromkeys(names, now[0]))
            pipe.zremrangebyscore(key, "-inf", now[0] - KEPT_SECONDS)
        pipe.execute()


def celery_workers_seen(client: redis.Redis, within_seconds: int = SEEN_SECONDS) -> list[str]:
    """Return the names of the Celery workers that live and carry out steps."""
    return _seen(client, WORKERS, within_seconds)


def delivering_seen(client: redis.Redis, within_seconds: int = SEEN_SECONDS) -> list[str]:
    """Return the names of the Celery workers that live and take deliveries."""
    return _seen(client, DELIVERING, within_seconds)


def _seen(client: redis.Redis, key: str, within_seconds: int) -> list[str]:
    now: Any = client.time()
    found: Any = client.zrangebyscore(key, now[0] - within_seconds, "+inf")
    return list(found)


def served_sites(client: redis.Redis) -> frozenset[str]:
    """Return the sites that a living Celery worker serves."""
    with client.pipeline(transaction=False) as pipe:
        pipe.time()
        pipe.zrange(SITES, 0, -1, withscores=True)
        now, rows = pipe.execute()
    return frozenset(site for site, heard in rows if heard >= now[0] - SEEN_SECONDS)


def unserved_jobs(client: redis.Redis, most: int = 100) -> dict[str, int]:
    """Return how many unfinished jobs wait at each site that nobody serves, of the first ``most``.

    Looks at those that are due soonest: where nobody works they are due again and again.
    """
    ids: Any = client.zrange("cw:due", 0, most - 1)
    with client.pipeline(transaction=False) as pipe:
        for job in ids:
            pipe.hget(f"cw:job:{job}", "site")
        sites = [site for site in pipe.execute() if site]
    return {site: sites.count(site) for site in sorted(set(sites) - served_sites(client))}
