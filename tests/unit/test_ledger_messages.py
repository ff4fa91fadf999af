"""Messages that were lost, or wait in a queue: when the reconciler publishes a job again."""

import json
import time

import pytest
from ledger_records import add, claim

from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.ledger.ledger import GRACE_SECONDS, Ledger

WAIT_SECONDS = 5


@pytest.fixture
def ledger(redis):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", "ssh-ed25519 " + "A" * 68))
    return Ledger(redis)


def within(seconds, look):
    """Return the first true answer of ``look``, or its last one."""
    deadline = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < deadline:
        pass
    return found


def test_a_job_whose_message_never_reached_the_queue_comes_due(ledger):
    add(ledger)

    assert within(WAIT_SECONDS, ledger.due) == ["j1"]
    assert ledger.due() == []


def test_a_job_whose_message_still_waits_in_the_queue_is_not_published_again(ledger):
    add(ledger)
    ledger.redis.rpush("queues:default", "a message")
    deadline = time.monotonic() + 1.5 * GRACE_SECONDS
    first_look = ledger.redis.zscore("cw:due", "j1")

    while time.monotonic() < deadline:
        assert ledger.due("queues:") == []

    assert ledger.redis.zscore("cw:due", "j1") > first_look
    ledger.redis.delete("queues:default")
    assert within(WAIT_SECONDS, lambda: ledger.due("queues:")) == ["j1"]


def test_a_message_that_never_comes_out_of_a_busy_queue_is_published_again_in_the_end(
    ledger, monkeypatch
):
    monkeypatch.setattr("workflows.ledger.ledger.PATIENCE_SECONDS", 0.1)
    add(ledger)
    ledger.redis.rpush("queues:default", "the message of another job")

    assert within(WAIT_SECONDS, lambda: ledger.due("queues:")) == ["j1"]


def test_a_job_has_one_message_in_a_queue_however_long_that_waits(ledger, monkeypatch):
    monkeypatch.setattr("workflows.ledger.ledger.PATIENCE_SECONDS", 0.1)
    add(ledger, "j1-the-only-one")
    message = json.dumps({"headers": {"argsrepr": "('j1-the-only-one', 0, 1)"}})
    ledger.redis.rpush("queues:default", "the message of another job", message)
    deadline = time.monotonic() + 1.5 * GRACE_SECONDS

    while time.monotonic() < deadline:
        assert ledger.due("queues:") == []

    ledger.redis.lrem("queues:default", 0, message)
    assert within(WAIT_SECONDS, lambda: ledger.due("queues:")) == ["j1-the-only-one"]


def test_a_lost_celery_workers_step_is_published_at_once_however_long_the_queue(
    ledger, monkeypatch
):
    monkeypatch.setattr("workflows.ledger.ledger.LEASE_SECONDS", 0.2)
    add(ledger)
    assert claim(ledger, 0)[1] == "run"
    ledger.redis.rpush("queues:default", "a message")

    assert within(WAIT_SECONDS, lambda: ledger.due("queues:")) == ["j1"]
