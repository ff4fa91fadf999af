"""What Redis says when it is there and does not serve, in words that help whoever runs it.

Codes are Redis' own, the first word of an error; redis-py turns some into types and cuts them off.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from redis import exceptions

MOST_CAUSES = 5
"""Celery's broker wraps what it was refused with; no chain of causes is longer than this."""


@dataclass(frozen=True, slots=True)
class RedisRefusal:
    """One way of not serving."""

    code: str
    says: str
    """What is wrong, after "Redis ..."."""
    advice: str
    """What to do where Redis runs; the command is to be pasted there."""
    passes: bool = False
    """Whether it may pass by itself within seconds."""


_ALL = (
    RedisRefusal(
        "OOM",
        "has no memory left: it uses more than its maxmemory",
        "Look with: redis-cli INFO memory; then raise maxmemory, or free memory. "
        "Nothing that is stored is lost.",
    ),
    RedisRefusal(
        "MISCONF",
        "cannot write to its disk, so it takes nothing more",
        "Look with: redis-cli INFO persistence; then free space, or mend the permissions of its "
        "directory.",
    ),
    RedisRefusal(
        "READONLY",
        "is a replica, and a replica takes nothing",
        "Look with: redis-cli INFO replication; then name the primary in REDIS_URL.",
    ),
    RedisRefusal(
        "NOREPLICAS",
        "has fewer replicas than min-replicas-to-write asks for",
        "Look with: redis-cli INFO replication; then start a replica, or set "
        "min-replicas-to-write to what there is.",
        passes=True,
    ),
    RedisRefusal(
        "NOAUTH",
        "wants a password, and REDIS_URL has none",
        "Write user and password into REDIS_URL, as redis://USER:PASSWORD@HOST:PORT/0.",
    ),
    RedisRefusal(
        "WRONGPASS",
        "does not take the user and password of REDIS_URL",
        "Correct them in REDIS_URL; redis-cli ACL LIST shows which users there are.",
    ),
    RedisRefusal(
        "NOPERM",
        "does not allow its user a command or key that is needed",
        "Look with: redis-cli ACL LOG; then allow the user of REDIS_URL all commands on keys "
        "that begin with cw:",
    ),
    RedisRefusal(
        "LOADING",
        "is still reading its data from the disk",
        "Wait; redis-cli INFO persistence tells how much is left.",
        passes=True,
    ),
    RedisRefusal(
        "BUSY",
        "is busy with a script that does not end",
        "Look with: redis-cli SCRIPT KILL; it ends a script that has written nothing.",
        passes=True,
    ),
    RedisRefusal(
        "MASTERDOWN",
        "is a replica that has lost its primary",
        "Look with: redis-cli INFO replication; then name the primary in REDIS_URL.",
        passes=True,
    ),
    RedisRefusal(
        "CLUSTERDOWN",
        "is a Redis Cluster that is down",
        "Look with: redis-cli CLUSTER INFO; a single server, or a primary with replicas, is what "
        "this product needs.",
    ),
    RedisRefusal(
        "MAXCLIENTS",
        "has as many clients as it takes",
        "Look with: redis-cli CLIENT LIST; then raise maxclients, or end who else is connected.",
        passes=True,
    ),
)
REFUSALS = {refusal.code: refusal for refusal in _ALL}
"""Every refusal by its code."""
TYPES: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.OutOfMemoryError, "OOM"),
    (exceptions.ReadOnlyError, "READONLY"),
    (exceptions.NoPermissionError, "NOPERM"),
    (exceptions.BusyLoadingError, "LOADING"),
    (exceptions.MasterDownError, "MASTERDOWN"),
    (exceptions.ClusterDownError, "CLUSTERDOWN"),
)
PHRASES = (
    ("max number of clients reached", "MAXCLIENTS"),
    ("invalid username-password pair", "WRONGPASS"),
    ("invalid password", "WRONGPASS"),
    ("WRONGPASS", "WRONGPASS"),
)
"""What stands in errors of which redis-py cuts off the code."""
IN_A_PIPELINE = "of pipeline caused error: "
"""Ends what redis-py puts before the error of one command of several."""


def redis_refusal(error: BaseException) -> RedisRefusal | None:
    """Return how Redis refuses, if this error, or what caused it, is a refusal."""
    for cause in _causes(error):
        code = _code(cause)
        if code:
            return REFUSALS[code]
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(MOST_CAUSES):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _code(error: BaseException) -> str | None:
    if not isinstance(error, exceptions.RedisError):
        return None
    for kind, code in TYPES:
        if isinstance(error, kind):
            return code
    text = str(error)
    for phrase, code in PHRASES:
        if phrase in text:
            return code
    first = text.rpartition(IN_A_PIPELINE)[2].split(" ", 1)[0]
    if first in REFUSALS:
        return first
    return "NOAUTH" if isinstance(error, exceptions.AuthenticationError) else None
