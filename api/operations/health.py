"""Whether the process lives, and whether it can have changes carried out."""

import time
from typing import Any

import redis
from flask import Response
from redis.exceptions import RedisError

from api.access.needs import OPEN
from api.backend import READY_SECONDS, backend
from api.description.answers import HealthSchema
from api.http.blueprint import Blueprint
from api.http.documents import document
from api.http.problems import Problem
from api.local_token import EMPTIED
from workflows.celery_workers import (
    SEEN_SECONDS,
    celery_workers_seen,
    delivering_seen,
    served_sites,
    unserved_jobs,
)
from workflows.deliveries.store import SUBSCRIPTIONS
from workflows.inventory import HOSTS
from workflows.moments import rfc3339
from workflows.process import redis_health
from workflows.process.redis_refusals import redis_refusal
from workflows.sites import start_delivering, start_one

Check = dict[str, str]

bp = Blueprint("health", __name__, description="Whether the server can do its work")


@bp.get("/healthz", needs=OPEN)
@bp.response(200, HealthSchema, description="The process answers")
def live() -> Response:
    """Tell that this process answers."""
    return document({"status": "pass", "checks": {}})


@bp.get("/readyz", needs=OPEN)
@bp.response(200, HealthSchema, description="Changes can be carried out")
def ready() -> Response:
    """Tell whether changes can be carried out: Redis, its persistence, and Celery workers."""
    checks = readiness()
    found = {check["status"] for check in checks.values()}
    status = next(word for word in ("fail", "warn", "pass") if word in found)
    body: dict[str, Any] = {"status": status, "checks": checks}
    if status != "fail":
        body["sites"] = sorted(served_sites(backend().impatient.redis))
    if status == "fail":
        failed = "; ".join(c["detail"] for c in checks.values() if c["status"] == "fail")
        detail = f"cannot have changes carried out: {failed}"
        raise Problem("not-ready", detail, {"checks": checks}, headers={"Retry-After": "5"})
    return document(body)


def readiness() -> dict[str, Check]:
    """Return each check with what it found.

    It is asked by whoever decides soon whether to send requests here, so nothing is waited for
    for longer than two seconds: each answer has one, and after the first nothing more is asked.
    """
    ledger = backend().impatient
    latest = time.monotonic() + READY_SECONDS / 2
    try:
        redis_health.write_and_read_back(ledger.redis)
        _in_time(latest)
        signs = redis_health.judge(redis_health.read(ledger.redis))
        _in_time(latest)
        workers = celery_workers_seen(ledger.redis)
        _in_time(latest)
        waiting = unserved_jobs(ledger.redis)
        _in_time(latest)
        deliveries = _deliveries(ledger.redis)
        _in_time(latest)
        return {
            "redis": _check("pass", "Redis takes a value and gives it back"),
            **{sign.name: _check(sign.status, sign.detail) for sign in signs},
            "celery_workers": _workers(workers),
            **{f"site_{site}": _unserved(site, count) for site, count in waiting.items()},
            **deliveries,
            "jobs_set_aside": _set_aside(ledger.set_aside()),
            **_contents(ledger.redis),
        }
    except (RedisError, redis_health.NotServing) as error:
        return {"redis": _check("fail", _unusable(error))}


def _in_time(latest: float) -> None:
    if time.monotonic() > latest:
        raise redis_health.TooSlow(
            f"Redis took more than {READY_SECONDS / 2:g} s for its first answers"
        )


def _unusable(error: Exception) -> str:
    refusal = redis_refusal(error)
    if refusal:
        return f"Redis {refusal.says}. {refusal.advice}"
    if isinstance(error, redis_health.NotServing):
        return f"{error}; look with: redis-cli {error.look}"
    return "Redis does not answer; start it or correct REDIS_URL"


def _workers(seen: list[str]) -> Check:
    if seen:
        return _check("pass", f"{len(seen)} seen within {SEEN_SECONDS} s")
    return _check(
        "fail",
        f"no Celery worker was seen within {SEEN_SECONDS} s; start one with "
        "celery -A workflows.queue worker",
    )


def _unserved(site: str, jobs: int) -> Check:
    count = "1 job waits" if jobs == 1 else f"{jobs} jobs wait"
    return _check(
        "warn", f"{count} at site {site}, which no Celery worker serves: {start_one(site)}"
    )


def _deliveries(client: redis.Redis) -> dict[str, Check]:
    """Tell whether anybody tells the receivers of events, where there are any."""
    number: Any = client.hlen(SUBSCRIPTIONS)
    if not number:
        return {}
    receivers = "1 subscription" if number == 1 else f"{number} subscriptions"
    seen = len(delivering_seen(client))
    if seen:
        told = f"{receivers}, told by {seen} Celery worker{'' if seen == 1 else 's'}"
        return {"deliveries": _check("pass", told)}
    wait = "waits" if number == 1 else "wait"
    detail = f"{receivers} {wait}: no Celery worker takes deliveries; {start_delivering()}"
    return {"deliveries": _check("warn", detail)}


def _set_aside(number: int) -> Check:
    if not number:
        return _check("pass", "none: every job that is due can be carried on with")
    jobs = "1 job has" if number == 1 else f"{number} jobs have"
    return _check(
        "warn",
        f"{jobs} no record, or one that makes no sense, and nothing carries on with it; "
        "HGETALL cw:set-aside in Redis names it and says why",
    )


def _contents(client: redis.Redis) -> dict[str, Check]:
    """Tell of an emptied Redis until a host is registered again."""
    at: Any = client.get(EMPTIED)
    if not at or client.scard(HOSTS):
        return {}
    lost = (
        f"Redis was found empty at {rfc3339(float(at))}, though this data directory was in use: "
        "hosts, clusters and jobs are gone; bring a backup of Redis back, or register the hosts "
        "anew, where notes on them keep what is there from being changed"
    )
    return {"redis_contents": _check("warn", lost)}


def _check(status: str, detail: str) -> Check:
    return {"status": status, "detail": detail}
