"""The one way to reach Redis: a burst waits for a connection, and no question waits for ever."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from kombu import Connection
from redis.exceptions import TimeoutError as NoAnswer
from tcp_proxy import tcp_proxy

from api import hub
from workflows.ledger.ledger import Ledger
from workflows.process.connection import (
    ANSWER_SECONDS,
    LONGEST_BLOCK_SECONDS,
    MOST_CONNECTIONS,
    connect,
)
from workflows.process.settings import Settings
from workflows.queue import app

SLACK_SECONDS = 1.0


@pytest.fixture
def proxy(settings):
    with tcp_proxy(settings.redis_url) as proxy:
        yield proxy


def test_whoever_finds_every_connection_taken_waits_for_one(settings):
    client = connect(settings)
    pool = client.connection_pool
    taken = [pool.get_connection() for _ in range(MOST_CONNECTIONS)]

    with ThreadPoolExecutor() as others:
        late = others.submit(client.ping)
        assert not late.done()
        pool.release(taken.pop())
        assert late.result(timeout=5)

    for connection in taken:
        pool.release(connection)
    client.close()


@pytest.mark.parametrize("is_connected", [True, False])
def test_a_question_that_is_not_answered_ends_at_its_limit(proxy, redis, tmp_path, is_connected):
    client = connect(Settings(tmp_path, proxy.url), answer_within=0.5)
    if is_connected:
        client.ping()
    proxy.drop()
    began = time.monotonic()

    with pytest.raises(NoAnswer):
        client.ping()

    assert time.monotonic() - began < 0.5 + SLACK_SECONDS
    client.close()


def test_what_was_not_answered_is_not_asked_again(proxy, redis, tmp_path):
    client = connect(Settings(tmp_path, proxy.url), answer_within=0.5)
    client.ping()
    proxy.mute()

    with pytest.raises(NoAnswer):
        client.incr("asked")

    assert redis.get("asked") == "1"
    client.close()


def test_a_blocking_read_has_its_answer_before_the_limit(redis):
    began = time.monotonic()

    _, heard = Ledger(redis).tail_global("$", 60_000)

    assert heard == []
    assert LONGEST_BLOCK_SECONDS - 0.1 < time.monotonic() - began < ANSWER_SECONDS


def test_those_that_follow_events_ask_for_less_than_the_longest_wait():
    assert hub.BLOCK_MS / 1000 <= LONGEST_BLOCK_SECONDS


def test_a_broker_that_does_not_answer_holds_nobody_for_ever(proxy, redis):
    options = app.conf.broker_transport_options
    assert options["socket_timeout"] == options["socket_connect_timeout"] == ANSWER_SECONDS
    options = options | {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
    with Connection(proxy.url, transport_options=options) as broker:
        producer = broker.Producer(routing_key="anywhere")
        producer.publish("heard", retry=False)
        proxy.drop()
        began = time.monotonic()

        with pytest.raises(broker.recoverable_connection_errors):
            producer.publish("not heard", retry=False)

        assert time.monotonic() - began < 0.5 * 3 + SLACK_SECONDS
