"""What there is to measure, read from Redis in a few round trips however many jobs there are."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis

from cluster.spec import Cluster
from workflows.celery_workers import DELIVERING, WORKERS
from workflows.deliveries.store import SUBSCRIPTIONS
from workflows.inventory import HOSTS, Inventory
from workflows.ledger.ledger import Ledger
from workflows.ledger.tallies import TALLIES, UNFINISHED, since_key
from workflows.process import presence
from workflows.queue import KEY_PREFIX, QUEUE_KEYS
from workflows.states import JobStatus

SEEN_SECONDS = 30
DEFAULT_SITE = "default"


@dataclass(frozen=True, slots=True)
class Measures:
    """One look at everything that is counted."""

    tallies: Mapping[tuple[str, ...], int]
    """The counts of ``tallies.lua``, by the words of their fields."""
    oldest: Mapping[JobStatus, float]
    """For how many seconds the longest of the jobs in a status has been in it."""
    queued: Mapping[str, int]
    """Messages that no Celery worker has taken, by site."""
    taken: int
    """Messages that Celery workers have taken and not finished."""
    hosts: Mapping[tuple[str, bool], int]
    """By site, and whether they belong to a cluster."""
    clusters: tuple[Cluster, ...]
    celery_workers: int
    """Those that carry out steps."""
    delivering: int
    """Celery workers that tell receivers of events."""
    subscriptions: int
    streams: tuple[int, ...]
    """Event streams of each API process that lives."""
    append_only: bool | None
    now: float
    """Redis' clock, which every stored time was read from."""


def measure(ledger: Ledger) -> Measures:
    """Look at everything once."""
    client = ledger.redis
    with client.pipeline(transaction=False) as pipe:
        pipe.time()
        pipe.hgetall(TALLIES)
        pipe.hlen(f"{KEY_PREFIX}unacked")
        pipe.smembers(HOSTS)
        pipe.hlen(SUBSCRIPTIONS)
        for status in UNFINISHED:
            pipe.zrange(since_key(status), 0, 0, withscores=True)
        clock, tallies, taken, names, subscriptions, *entered = pipe.execute()
    now = clock[0] + clock[1] / 1e6
    hosts = _hosts(client, names)
    return Measures(
        tallies={tuple(field.split("|")): int(number) for field, number in tallies.items()},
        oldest={
            status: max(now - first[0][1] / 1000, 0) if first else 0.0
            for status, first in zip(UNFINISHED, entered, strict=True)
        },
        queued=_queued(client, {DEFAULT_SITE, *(site for site, _ in hosts)}),
        taken=taken,
        hosts=hosts,
        clusters=Inventory(client).clusters(),
        celery_workers=_celery_workers(client, WORKERS, now),
        delivering=_celery_workers(client, DELIVERING, now),
        subscriptions=subscriptions,
        streams=tuple(presence.streams(client)),
        append_only=ledger.appendonly(),
        now=now,
    )


def _hosts(client: redis.Redis, names: set[str]) -> Counter[tuple[str, bool]]:
    with client.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.hmget(f"cw:host:{name}", "site", "cluster")
        rows: list[Any] = pipe.execute() if names else []
    return Counter((json.loads(site), bool(cluster)) for site, cluster in rows if site)


def _queued(client: redis.Redis, sites: set[str]) -> dict[str, int]:
    ordered = sorted(sites)
    with client.pipeline(transaction=False) as pipe:
        for site in ordered:
            pipe.llen(f"{QUEUE_KEYS}{site}")
        return dict(zip(ordered, pipe.execute(), strict=True))


def _celery_workers(client: redis.Redis, key: str, now: float) -> int:
    found: Any = client.zcount(key, now - SEEN_SECONDS, "+inf")
    return int(found)
