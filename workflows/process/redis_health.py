"""How Redis is set up and how it fares, judged for a product that must lose no job.

Reading is one INFO, which managed services allow where they forbid CONFIG; judging is pure.
"""

import logging
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import redis
from redis.exceptions import RedisError, ResponseError

PROBE = "cw:probe:"
PROBE_SECONDS = 10
"""How long what was written to be read back stays, if the one who wrote it dies."""
FULL = 0.9
"""The part of maxmemory above which it is told."""
MIB = 1024**2
SAFE = "noeviction"


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was looked at."""

    name: str
    status: str
    """``pass``, ``warn`` or ``fail``."""
    detail: str


class NotServing(Exception):
    """Redis answers, refuses nothing, and is of no use."""

    look = "INFO"
    """What tells why, after ``redis-cli``."""


class NotKept(NotServing):
    """Redis took a value and did not give it back."""


class TooSlow(NotServing):
    """Redis takes longer for its answers than whoever asks can wait."""

    look = "SLOWLOG GET 10"


def write_and_read_back(client: redis.Redis) -> None:
    """Prove that Redis serves; raises what it refuses with, or ``NotKept``."""
    key, value = PROBE + secrets.token_hex(8), secrets.token_hex(8)
    with client.pipeline(transaction=False) as pipe:
        pipe.set(key, value, ex=PROBE_SECONDS)
        pipe.get(key)
        pipe.delete(key)
        _, found, _ = pipe.execute()
    if found != value:
        raise NotKept("Redis took a value and did not give it back")


def read(client: redis.Redis) -> Mapping[str, Any]:
    """Return what Redis tells of itself; nothing where its user may not ask."""
    try:
        found: Any = client.info("everything")
    except ResponseError:
        return {}
    return dict(found)


def judge(info: Mapping[str, Any]) -> Iterator[Sign]:
    """Yield what was found of persistence, eviction, memory and role, good or bad."""
    if not info:
        detail = "Redis does not tell how it is set up: its user may not ask for INFO"
        yield Sign("append_only_file", "warn", detail)
        return
    yield _persistence(info)
    yield _eviction(info)
    yield _memory(info)
    yield _role(info)


def tell(client: redis.Redis, logger: logging.Logger) -> None:
    """Log once, when a process starts, what may cost a job; what fails is told by the first use."""
    try:
        signs = list(judge(read(client)))
    except RedisError as error:
        logger.warning("cannot look how Redis is set up: %s", error)
        return
    for sign in signs:
        if sign.status != "pass":
            logger.warning("%s", sign.detail)


def _persistence(info: Mapping[str, Any]) -> Sign:
    name = "append_only_file"
    if not info.get("aof_enabled"):
        return Sign(
            name,
            "warn",
            "Redis keeps no append-only file: jobs are lost when it stops; set appendonly yes",
        )
    if info.get("aof_last_write_status", "ok") != "ok":
        return Sign(
            name,
            "fail",
            "Redis cannot write its append-only file; look with: redis-cli INFO persistence, and "
            "free space on its disk",
        )
    return Sign(name, "pass", "Redis keeps an append-only file")


def _eviction(info: Mapping[str, Any]) -> Sign:
    policy, most = str(info.get("maxmemory_policy", SAFE)), int(info.get("maxmemory", 0))
    if policy == SAFE:
        return Sign("eviction", "pass", f"maxmemory-policy is {SAFE}: no key is thrown away")
    what = "sessions and keys of repeated requests" if "volatile" in policy else "jobs and hosts"
    then = "" if most else "; there is no maxmemory yet, so nothing is thrown away so far"
    return Sign(
        "eviction",
        "warn",
        f"maxmemory-policy is {policy}: a full Redis throws away {what}{then}; set it with: "
        f"redis-cli CONFIG SET maxmemory-policy {SAFE}, and in its configuration file",
    )


def _memory(info: Mapping[str, Any]) -> Sign:
    used, most = int(info.get("used_memory", 0)), int(info.get("maxmemory", 0))
    if not most:
        return Sign("memory", "pass", f"{used // MIB} MiB are used, and no maxmemory limits it")
    detail = f"{used // MIB} of {most // MIB} MiB are used"
    if used < FULL * most:
        return Sign("memory", "pass", detail)
    return Sign("memory", "warn", f"{detail}: a full Redis takes no job any more; raise maxmemory")


def _role(info: Mapping[str, Any]) -> Sign:
    if info.get("role", "master") != "master":
        return Sign("role", "warn", "Redis is a replica: name the primary in REDIS_URL")
    return Sign("role", "pass", "Redis is a primary")
