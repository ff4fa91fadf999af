"""A Redis that is there and does not serve: every way is told in its own words, with a way out."""

import time

import pytest
import refusing_redis
from api_requests import CHANGES, change

from api.app import create_app
from api.operations import health
from workflows.celery_workers import celery_worker_seen
from workflows.process.redis_refusals import REFUSALS
from workflows.process.settings import Settings

WAYS = {
    "OOM": refusing_redis.full,
    "READONLY": refusing_redis.replica,
    "NOREPLICAS": refusing_redis.short_of_replicas,
    "MASTERDOWN": refusing_redis.silent_replica,
    "NOPERM": refusing_redis.forbidding,
    "MISCONF": refusing_redis.unable_to_save,
}
"""Those that a client meets which is connected already."""
WRITES = {code: "READONLY" if code == "MASTERDOWN" else code for code in WAYS}
"""What a write meets: of what a silent replica lacks, that it is one comes first."""


def is_told(answer, code):
    assert answer.status_code == 503, answer.text
    assert answer.json["type"] == "/problems/redis-refuses"
    assert answer.json["refusal"] == code
    assert answer.json["detail"].startswith("cannot answer the request: Redis ")
    assert answer.json["advice"] == REFUSALS[code].advice
    assert "Traceback" not in answer.text
    assert int(answer.headers["Retry-After"]) > 0


@pytest.fixture
def ready(anonymous, ledger):
    celery_worker_seen(ledger.redis, "w1@here")
    return anonymous


@pytest.mark.parametrize(("way", "code"), WRITES.items())
def test_a_change_is_refused_in_words_and_nothing_of_it_is_stored(
    way, code, client, redis, ledger, caplog
):
    client.get("/v1/hosts")  # the token is known for some seconds

    with WAYS[way](redis):
        is_told(client.post(CHANGES, json=change()), code)

    assert ledger.jobs() == []
    assert "a defect" not in caplog.text
    assert client.post(CHANGES, json=change()).status_code == 202


@pytest.mark.parametrize(("way", "code"), WRITES.items())
def test_readiness_fails_with_the_same_words(way, code, ready, redis):
    assert ready.get("/readyz").status_code == 200

    with WAYS[way](redis):
        answer = ready.get("/readyz")
        alive = ready.get("/healthz")

    assert (answer.status_code, alive.status_code) == (503, 200)
    assert REFUSALS[code].says in answer.json["checks"]["redis"]["detail"]
    assert REFUSALS[code].advice in answer.json["detail"]
    assert ready.get("/readyz").status_code == 200


def test_a_missing_password_is_told_as_such(app, token, redis, inventory):
    client = app.test_client()

    with refusing_redis.locked(redis):
        answer = client.get("/v1/hosts", headers={"Authorization": f"Bearer {token}"})

    is_told(answer, "NOAUTH")


def test_a_redis_with_too_many_clients_is_no_defect(app, token, redis, inventory):
    client = app.test_client()

    with refusing_redis.crowded(redis):
        answer = client.get("/v1/hosts", headers={"Authorization": f"Bearer {token}"})

    # It says so and hangs up at once, so whoever was still writing may not have heard it.
    assert answer.status_code == 503
    assert answer.json["type"] in {"/problems/redis-refuses", "/problems/redis-unavailable"}


def test_a_wrong_password_is_told_as_such(tmp_path, token, redis, settings):
    url = settings.redis_url.replace("unix://", "unix://somebody:wrong@")
    app = create_app(Settings(tmp_path, url))

    answer = app.test_client().get("/v1/jobs", headers={"Authorization": f"Bearer {token}"})

    is_told(answer, "WRONGPASS")


def test_a_script_that_does_not_end_is_told(client, redis, redis_server, ledger):
    client.get("/v1/hosts")

    with refusing_redis.busy(redis, redis_server):
        answer = client.get("/v1/hosts")

    is_told(answer, "BUSY")


@pytest.mark.parametrize(
    "says",
    [
        "LOADING Redis is loading the dataset in memory",
        "CLUSTERDOWN The cluster is down",
        "ERR max number of clients reached",
    ],
)
def test_what_refuses_everything_is_told(says, tmp_path, token):
    code = "MAXCLIENTS" if says.startswith("ERR") else says.split()[0]
    with refusing_redis.saying(says) as url:
        client = create_app(Settings(tmp_path, url)).test_client()
        answer = client.get("/v1/jobs", headers={"Authorization": f"Bearer {token}"})
        unready = client.get("/readyz")

    is_told(answer, code)
    assert REFUSALS[code].says in unready.json["detail"]


def test_metrics_of_a_full_redis_are_refused_in_the_same_words(client, redis, ledger):
    client.get("/v1/hosts")

    with refusing_redis.full(redis):
        is_told(client.get("/metrics"), "OOM")


def test_of_a_slow_redis_nothing_more_is_asked_after_half_the_time(
    ready, redis_server, monkeypatch
):
    monkeypatch.setattr(health, "READY_SECONDS", 0.2)  # the limit of each answer is still a second

    with refusing_redis.slow(redis_server, 0.15):
        answer = ready.get("/readyz")

    assert answer.status_code == 503
    assert "for its first answers; look with: redis-cli SLOWLOG" in answer.json["detail"]


@pytest.mark.parametrize("path", ["/v1/hosts", "/v1/jobs", "/metrics", "/readyz", "/v1/clusters"])
def test_a_redis_that_froze_keeps_nobody_waiting(path, client, redis, ledger):
    client.get("/v1/hosts")
    pid = redis.info("server")["process_id"]
    limit = 2.5 if path == "/readyz" else 5

    with refusing_redis.frozen(pid):
        began = time.monotonic()
        answer = client.get(path)
        took = time.monotonic() - began
        alive = client.get("/healthz")

    assert answer.status_code == 503, answer.text
    assert took < limit
    assert alive.status_code == 200
    assert client.get("/v1/hosts").status_code == 200
