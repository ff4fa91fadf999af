"""How often somebody may ask: by token, by sender of events, by address; and what is told of it."""

from dataclasses import replace

import pytest
import refusing_redis
from api_requests import CHANGES, change
from hook_rules import apply, rule_text, trust
from signed_requests import SECRETS, SIGNED

from api.access.tokens import new_token, register
from api.app import create_app
from workflows.process.limit_settings import Limit, Limits

LIMITS = Limits(Limit(5, 60), Limit(3, 60), Limit(4, 60), Limit(3, 60))


def stopped(app):
    """Return the application with a minute that does not end within a test."""
    backend = app.extensions["clusterwright"]
    for allowances in (backend.allowances, backend.unknown):
        allowances._clock = lambda: 1_800_000_010.0
    return app


@pytest.fixture
def settings(settings):
    return replace(settings, limits=LIMITS)


@pytest.fixture
def app(app):
    return stopped(app)


def ask_until_refused(ask, most=50):
    """Return how many answers came before the one that refuses, and that one."""
    for number in range(most):
        answer = ask()
        if answer.status_code == 429:
            return number, answer
    raise AssertionError(f"none of {most} was refused")


def test_whoever_asks_too_often_is_told_who_when_and_what_to_do(client, token):
    taken, answer = ask_until_refused(lambda: client.get("/v1/hosts"))

    assert taken == 5
    assert answer.content_type == "application/problem+json"
    problem = answer.json
    assert problem["type"] == "/problems/too-many-requests"
    assert problem["detail"] == (
        f"cannot answer the request: token {token.split('_')[1]} (local) has asked 5 times within "
        "60 s, as often as the limit read allows; ask again in 50 s"
    )
    assert (problem["limit"], problem["most"], problem["window_seconds"]) == ("read", 5, 60)
    assert answer.headers["Retry-After"] == "50"
    assert "CLUSTERWRIGHT_LIMITS" in problem["advice"]


def test_every_answer_says_how_often_one_may_ask_still(client):
    told = [client.get("/v1/hosts").headers["RateLimit"] for _ in range(3)]

    assert told == [f'"read";r={left};t=50' for left in (4, 3, 2)]
    answer = client.get("/v1/hosts")
    assert answer.headers["RateLimit-Policy"] == '"read";q=5;w=60'


def test_changes_have_a_limit_of_their_own_and_nothing_is_stored_beyond_it(
    client, ledger, inventory
):
    taken, answer = ask_until_refused(lambda: client.post(CHANGES, json=change()))

    assert (taken, answer.json["limit"]) == (3, "change")
    assert client.get("/v1/jobs").status_code == 200


def test_each_token_is_counted_for_itself(client, anonymous, redis):
    other = new_token()
    register(redis, other, "other")
    ask_until_refused(lambda: client.get("/v1/hosts"))

    answer = anonymous.get("/v1/hosts", headers={"Authorization": f"Bearer {other}"})

    assert answer.status_code == 200


def test_what_watches_the_api_is_never_refused(client):
    ask_until_refused(lambda: client.get("/v1/hosts"))

    for path in ("/healthz", "/readyz", "/metrics"):
        for _ in range(10):
            answer = client.get(path)
            assert answer.status_code != 429, path
            assert "RateLimit" not in answer.headers


def test_wrong_tokens_of_an_address_are_counted_and_a_valid_one_is_taken_all_the_same(
    anonymous, token
):
    wrong = {"Authorization": f"Bearer {new_token()}"}

    taken, answer = ask_until_refused(lambda: anonymous.get("/v1/hosts", headers=wrong))

    assert (taken, answer.json["limit"]) == (4, "unknown")
    assert "address 127.0.0.1 without a valid token" in answer.json["detail"]
    right = {"Authorization": f"Bearer {token}"}
    assert anonymous.get("/v1/hosts", headers=right).status_code == 200


def test_each_address_is_counted_for_itself(anonymous):
    ask_until_refused(lambda: anonymous.get("/v1/hosts"))

    there = {"REMOTE_ADDR": "192.0.2.7"}

    assert anonymous.get("/v1/hosts", environ_overrides=there).status_code == 401


def test_strangers_give_redis_nothing_to_count(anonymous, redis):
    before = sorted(redis.keys("*"))

    ask_until_refused(lambda: anonymous.get("/v1/hosts"))

    assert sorted(redis.keys("*")) == before


def test_a_stream_of_events_counts_once(client, job, ledger):
    with client.get(f"/v1/jobs/{job}/events?after=0") as answer:
        assert answer.headers["RateLimit"] == '"read";r=4;t=50'


def test_the_processes_together_give_out_no_more_than_the_limit(app, settings, token):
    other = stopped(create_app(settings))
    clients = [each.test_client() for each in (app, other)]
    headers = {"Authorization": f"Bearer {token}"}

    statuses = [
        client.get("/v1/hosts", headers=headers).status_code for _ in range(5) for client in clients
    ]

    other.extensions["clusterwright"].close()
    assert statuses.count(200) == 5
    assert statuses.count(429) == 5


def test_a_redis_that_takes_no_writes_refuses_nobody_who_only_looks(client, redis):
    with refusing_redis.replica(redis):
        answers = [client.get("/v1/hosts").status_code for _ in range(3)]

    assert answers == [200] * 3


@pytest.fixture
def send(anonymous):
    """Send an event of GitHub, signed with a secret."""

    def send(secret=SECRETS["github"][0]):
        made = SIGNED["github"](secret, 1_800_000_000)
        return anonymous.post("/v1/hooks/sender", headers=dict(made.headers), data=made.body)

    return send


def test_an_event_that_is_believed_is_counted_for_its_sender_alone(
    client, ledger, settings, anonymous, send
):
    apply(client, rule_text("github"))
    trust(settings)
    ask_until_refused(lambda: anonymous.get("/v1/hosts"))

    taken, answer = ask_until_refused(send)

    assert (taken, answer.json["limit"]) == (3, "hook")
    assert answer.headers["Retry-After"] == "50"
    assert "the sender sender has asked 3 times" in answer.json["detail"]
    assert len(ledger.jobs()) == 1


def test_events_that_nobody_believes_take_nothing_from_their_sender(client, ledger, settings, send):
    apply(client, rule_text("github"))
    trust(settings)

    taken, answer = ask_until_refused(lambda: send(b"another-secret-0123456789abcdef"))

    assert (taken, answer.json["limit"]) == (4, "unknown")
    assert send().status_code == 202
