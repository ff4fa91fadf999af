"""Headers of every answer, health and readiness."""

import pytest

from workflows.celery_workers import celery_worker_seen
from workflows.deliveries.store import Deliveries
from workflows.deliveries.subscription import Subscription
from workflows.ledger.ledger import Ledger


@pytest.mark.parametrize("path", ["/healthz", "/v1/jobs", "/nope", "/openapi.json"])
def test_every_answer_is_numbered_and_guarded(client, path):
    answer = client.get(path)

    assert len(answer.headers["X-Request-Id"]) == 32
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_number_of_a_request_is_the_callers_if_it_is_harmless(client):
    kept = client.get("/healthz", headers={"X-Request-Id": "trace-1.2_3"})
    replaced = client.get("/healthz", headers={"X-Request-Id": "<script>"})

    assert kept.headers["X-Request-Id"] == "trace-1.2_3"
    assert replaced.headers["X-Request-Id"] != "<script>"


def test_a_server_without_celery_workers_is_not_ready_and_says_what_to_do(anonymous):
    answer = anonymous.get("/readyz")

    assert (answer.status_code, answer.json["type"]) == (503, "/problems/not-ready")
    assert {name: row["status"] for name, row in answer.json["checks"].items()} == {
        "redis": "pass",
        "append_only_file": "pass",
        "eviction": "pass",
        "memory": "pass",
        "role": "pass",
        "celery_workers": "fail",
        "jobs_set_aside": "pass",
    }
    assert "start one with" in answer.json["detail"]


def test_a_server_with_celery_workers_is_ready(anonymous, redis):
    celery_worker_seen(redis, "w1@here")

    answer = anonymous.get("/readyz")

    assert (answer.status_code, answer.json["status"]) == (200, "pass")


def test_subscriptions_that_nobody_tells_are_warned_about_until_somebody_does(anonymous, redis):
    celery_worker_seen(redis, "w1@here")
    deliveries = Deliveries(redis, Ledger(redis).functions)
    for name in ("board", "pager"):
        deliveries.add(Subscription(name, "webhook", "example.org"))

    warned = anonymous.get("/readyz")
    celery_worker_seen(redis, "w2@here", sites=(), delivers=True)
    ready = anonymous.get("/readyz")

    assert (warned.status_code, warned.json["status"]) == (200, "warn")
    assert warned.json["checks"]["deliveries"]["detail"] == (
        "2 subscriptions wait: no Celery worker takes deliveries; start one: celery "
        "-A workflows.queue worker -P threads -c 2 -Q cw-deliveries"
    )
    assert ready.json["status"] == "pass"
    told = {name: ready.json["checks"][name]["detail"] for name in ("deliveries", "celery_workers")}
    assert told["deliveries"] == "2 subscriptions, told by 1 Celery worker"
    assert told["celery_workers"] == "1 seen within 30 s", "who only delivers carries out no step"


def test_a_server_that_only_delivers_is_not_ready(anonymous, redis):
    celery_worker_seen(redis, "w1@here", sites=(), delivers=True)

    answer = anonymous.get("/readyz")

    assert (answer.status_code, answer.json["type"]) == (503, "/problems/not-ready")


def test_redis_without_persistence_is_warned_about(anonymous, redis):
    celery_worker_seen(redis, "w1@here")
    redis.config_set("appendonly", "no")
    try:
        answer = anonymous.get("/readyz")
    finally:
        redis.config_set("appendonly", "yes")

    assert (answer.status_code, answer.json["status"]) == (200, "warn")
    assert "set appendonly yes" in answer.json["checks"]["append_only_file"]["detail"]


def test_jobs_that_are_set_aside_are_warned_about(anonymous, redis):
    ledger = Ledger(redis)
    celery_worker_seen(ledger.redis, "w1@here")
    redis.zadd("cw:due", {"gone": 1, "lost": 1})
    ledger.due()

    answer = anonymous.get("/readyz")

    assert (answer.status_code, answer.json["status"]) == (200, "warn")
    assert answer.json["checks"]["jobs_set_aside"]["detail"].startswith("2 jobs have no record")
    assert "gone" not in answer.text  # whoever asks may be anybody
