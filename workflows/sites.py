"""Sites: where hosts stand, and the queue that each has; pure."""

from collections.abc import Iterable

QUEUE_PREFIX = "site."
"""What the name of a site's queue begins with."""
DELIVERIES = "cw-deliveries"
"""The queue of whoever tells receivers of events."""


def sites_of(queues: Iterable[str]) -> frozenset[str]:
    """Return the sites that a Celery worker serves which takes from these queues."""
    names = (queue for queue in queues if queue.startswith(QUEUE_PREFIX))
    return frozenset(name.removeprefix(QUEUE_PREFIX) for name in names)


def takes_deliveries(queues: Iterable[str]) -> bool:
    """Say whether a Celery worker tells receivers of events which takes from these queues."""
    return DELIVERIES in queues


def start_one(site: str) -> str:
    """Say how a Celery worker is started that serves a site."""
    return f"start one there: celery -A workflows.queue worker -P prefork -Q {QUEUE_PREFIX}{site}"


def start_delivering() -> str:
    """Say how a Celery worker is started that tells receivers of events and does nothing else."""
    return f"start one: celery -A workflows.queue worker -P threads -c 2 -Q {DELIVERIES}"
