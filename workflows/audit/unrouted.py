"""Acts that no route records, since who asks is known behind it: hooks, chats and schedules."""

import logging
from dataclasses import replace

import redis
from redis.exceptions import RedisError

from workflows.access import Principal, Via
from workflows.audit.log import AuditLog
from workflows.audit.records import Act

UNROUTED = frozenset({Via.HOOK, Via.CHAT, Via.SCHEDULE})

logger = logging.getLogger(__name__)


def record_unrouted(client: redis.Redis, by: Principal, act: Act) -> None:
    """Record what somebody did who came by one of these ways; of all others a route does.

    The act is done by now, so a Redis that takes no record is told in the log, and no more. The
    copies in files get the record with the next one of an API process.
    """
    if by.via not in UNROUTED:
        return
    known = replace(act, actor=by.id, name=by.name, via=str(by.via))
    try:
        AuditLog(client).append(known)
    except RedisError as error:
        logger.error(  # noqa: TRY400  # the cause is in the sentence
            "cannot write the audit record of %s %s by %s: %s",
            known.verb,
            known.object,
            known.actor,
            error,
        )
