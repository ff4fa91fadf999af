"""Ids that nothing can be done for are set aside, counted and told, and the others go on."""

import json
import logging

import pytest
from ledger_records import add, claim
from redis.exceptions import OutOfMemoryError

from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.ledger.ledger import SET_ASIDE, Ledger
from workflows.ledger.tallies import TALLIES

KEY = "ssh-ed25519 " + "A" * 68


@pytest.fixture
def ledger(redis):
    for name in ("n1", "n2", "n3"):
        Inventory(redis).put_host(Host(name, "10.0.0.1", KEY))
    ledger = Ledger(redis)
    for name in ("n1", "n2"):
        add(ledger, f"j-{name}", cluster=f"c-{name}", hosts=(name,))
        redis.zadd("cw:due", {f"j-{name}": 2})
    return ledger


def rows(redis):
    return {name: json.loads(row) for name, row in redis.hgetall(SET_ASIDE).items()}


def spoil_the_record(redis):
    redis.delete("cw:job:j-n1")


def spoil_the_type(redis):
    spoil_the_record(redis)
    redis.set("cw:job:j-n1", "no hash")


def spoil_the_status(redis):
    redis.hset("cw:job:j-n1", "status", "succeeded")


def spoil_the_status_with_a_word_of_redis(redis):
    redis.hset("cw:job:j-n1", "status", "OOM READONLY")


def spoil_a_step(redis):
    redis.delete("cw:job:j-n1:step:0")
    redis.set("cw:job:j-n1:step:0", "no hash")


def spoil_what_was_taken(redis):
    redis.hset("cw:job:j-n1", mapping={"direction": "undo", "status": "rolling-back"})
    redis.delete("cw:job:j-n1:holds")
    redis.set("cw:job:j-n1:holds", "{")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (spoil_the_record, "no-record"),
        (spoil_the_type, "broken-record"),
        (spoil_the_status, "broken-record"),
        (spoil_the_status_with_a_word_of_redis, "broken-record"),
        (spoil_a_step, "broken-record"),
        (spoil_what_was_taken, "broken-record"),
    ],
)
def test_an_id_that_cannot_be_carried_on_with_is_set_aside_and_the_others_go_on(
    spoil, reason, ledger, redis, caplog
):
    spoil(redis)
    redis.zadd("cw:due", {"j-n1": 1})  # it comes first

    found = ledger.due()

    assert found == ["j-n2"]
    assert "j-n1" not in redis.zrange("cw:due", 0, -1)
    assert rows(redis)["j-n1"]["reason"] == reason
    assert ledger.set_aside() == 1
    assert redis.hget(TALLIES, f"set-aside|{reason}") == "1"
    (message,) = [row.getMessage() for row in caplog.records if row.levelno == logging.ERROR]
    assert message.startswith("cannot carry on with job j-n1: ")
    assert "docs/runbook.md" in message


def test_an_id_may_hold_any_bytes(ledger, redis):
    redis.zadd("cw:due", {b"\xff\x1b[2J\n" + b"x" * 500: 1, "": 1})

    assert ledger.due() == ["j-n1", "j-n2"]

    (long,) = (name for name in rows(redis) if name)
    assert long == "??[2J?" + "x" * 58
    assert redis.zcard("cw:due") == 2


def test_more_bad_ids_than_are_looked_at_at_once_only_take_more_looks(ledger, redis):
    redis.zadd("cw:due", {f"bad-{number}": 1 for number in range(250)})

    found = [id_ for _ in range(3) for id_ in ledger.due()]

    assert found == ["j-n1", "j-n2"]
    assert ledger.set_aside() == 250


def test_a_job_that_is_due_again_with_a_sound_record_is_set_aside_no_longer(ledger, redis):
    kept = redis.dump("cw:job:j-n1")
    spoil_the_record(redis)
    ledger.due()
    assert ledger.set_aside() == 1

    redis.restore("cw:job:j-n1", 0, kept)
    redis.zadd("cw:due", {"j-n1": 1})

    assert ledger.due() == ["j-n1"]
    assert ledger.set_aside() == 0
    assert claim(ledger, 0, job="j-n1")[1] == "run"


def test_a_job_that_a_person_retries_is_set_aside_no_longer(ledger, redis):
    lease, _ = claim(ledger, 0, job="j-n1")
    ledger.failed(lease, {"message": "cannot", "advice": ""}, None)
    redis.zadd("cw:due", {"j-n1": 1})
    ledger.due()
    assert ledger.set_aside() == 1

    ledger.retry("j-n1")

    assert ledger.set_aside() == 0


def test_a_cluster_does_not_wait_for_a_job_without_a_record(ledger, redis):
    for job in ("lost", "next"):
        add(ledger, job, cluster="c-n1")
    redis.delete("cw:job:lost")

    for index in (0, 1):
        lease, _ = claim(ledger, index, job="j-n1")
        assert ledger.done(lease, {})

    assert ledger.job("j-n1").status == "succeeded"
    assert ledger.job("next").status == "running"
    assert rows(redis)["lost"]["reason"] == "no-record"


def test_what_redis_refuses_sets_nothing_aside(ledger, redis):
    redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(OutOfMemoryError):
            ledger.due()
    finally:
        redis.config_set("maxmemory", 0)

    assert ledger.set_aside() == 0
    assert ledger.due() == ["j-n1", "j-n2"]


def test_a_queue_that_is_no_list_sets_no_job_aside(ledger, redis):
    redis.set("queues:default", "no list")

    assert ledger.due("queues:") == ["j-n1", "j-n2"]
    assert ledger.set_aside() == 0
