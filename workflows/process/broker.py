"""Celery's way to Redis, made to live through elements of its queue that are no messages.

Only who may write to Redis can put them there. Celery itself ends on the first, and so would each
Celery worker that is started after it and takes the next.
"""

import logging
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis

DROPPED = "dropped an element of queue %s that is no message of ours"
PARTS = {"body", "properties", "headers"}
"""What every message of Celery has."""
logger = logging.getLogger(__name__)


class Channel(redis.Channel):
    """Takes elements off the queues; one that is no JSON is dropped."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]  # kombu's
        except ValueError:  # of the JSON: the element is off the queue already
            logger.error(DROPPED, ", ".join(sorted(self.active_queues)))  # noqa: TRY400  # no trace
            raise Empty from None


class Transport(redis.Transport):
    """Delivers messages, and drops JSON that is none."""

    Channel = Channel

    def _deliver(self, message: Any, queue: str) -> None:
        properties = message.get("properties") if isinstance(message, dict) else None
        if isinstance(properties, dict) and message.keys() >= PARTS:
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]  # kombu's
        else:
            logger.error(DROPPED, queue)


def register() -> None:
    """Have Celery reach Redis this way, in this process."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
