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


def start_one(site: str) -> str:
    """Say how a Celery worker is started that serves a site."""
    return f"start one there: celery -A workflows.queue worker -P prefork -Q {QUEUE_PREFIX}{site}"
