"""The ledger's functions: they are there when they are called, whatever happens to Redis."""

import json

import pytest
import redis as redis_client
from ledger_records import add
from redis.exceptions import OutOfMemoryError, RedisError

from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.ledger.functions import PREFIX, LedgerFunctions, NoFunctions
from workflows.ledger.ledger import Ledger
from workflows.migration import CannotMigrate, migrate_at_start

KEY = "ssh-ed25519 " + "A" * 68
OTHER = """
redis.register_function('@NAME@', function() return 'other' end)
redis.register_function({
  function_name = '@NAME@_reads', callback = function() return 'read' end, flags = {'no-writes'},
})
"""


@pytest.fixture
def ledger(redis):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", KEY))
    ledger = Ledger(redis)
    add(ledger, "j1", cluster="prod", hosts=("n1",))
    return ledger


def libraries(redis):
    return {dict(zip(row[::2], row[1::2], strict=True))["library_name"] for row in lists(redis)}


def lists(redis):
    return [
        row if isinstance(row, list) else [word for pair in row.items() for word in pair]
        for row in redis.function_list(f"{PREFIX}*")
    ]


def in_a_transaction(ledger):
    with ledger.redis.pipeline(transaction=True) as pipe:
        ledger.host_changed(pipe, "prod", {"host": "n1"})
        return pipe.execute()


@pytest.mark.parametrize(
    "ask",
    [
        lambda ledger: ledger.job("j1"),
        lambda ledger: ledger.cancel("j1"),
        lambda ledger: ledger.jobs(),
        lambda ledger: ledger.jobs(whole=False),
        in_a_transaction,
    ],
    ids=["a job is read", "a job is cancelled", "jobs are read", "rows are read", "a host changes"],
)
def test_functions_that_redis_has_lost_are_loaded_again(ledger, redis, ask):
    redis.function_flush()

    assert ask(ledger)

    assert libraries(redis) == {ledger.functions.name}


def test_versions_that_run_beside_each_other_have_functions_of_their_own(ledger, redis):
    other = LedgerFunctions(redis, OTHER)

    assert other.ask(json.dumps({})) == "other"
    assert ledger.job("j1").id == "j1"

    assert libraries(redis) == {ledger.functions.name, other.name}


def test_a_process_that_starts_deletes_what_other_versions_loaded_and_they_load_it_again(
    ledger, redis
):
    other = LedgerFunctions(redis, OTHER)
    other.be_loaded()

    migrate_at_start(redis)

    assert libraries(redis) == {ledger.functions.name}
    assert other.read(json.dumps({})) == "read"


def test_processes_that_start_one_after_the_other_delete_it_again_and_again_and_it_is_answered(
    redis, monkeypatch
):
    other = LedgerFunctions(redis, OTHER)
    load, starts = redis.function_load, iter(range(3))

    def loaded_and_deleted(*words, **more):
        load(*words, **more)
        if next(starts, None) is not None:
            redis.function_delete(other.name)

    monkeypatch.setattr(redis, "function_load", loaded_and_deleted)

    assert other.read(json.dumps({})) == "read"


def test_jobs_are_read_while_the_memory_is_full_and_nothing_is_written_in_part(ledger, redis):
    before = ledger.job("j1")
    redis.config_set("maxmemory", 1)
    try:
        assert ledger.job("j1") == before
        with pytest.raises(OutOfMemoryError):
            ledger.cancel("j1")
        assert ledger.job("j1") == before
    finally:
        redis.config_set("maxmemory", 0)


def test_what_is_only_read_cannot_write(ledger):
    with pytest.raises(RedisError, match=r"[Ww]rite"):
        ledger.functions.read(json.dumps({"op": "cancel", "job": "j1", "by": "ada", "via": ""}))

    assert ledger.job("j1").status == "running"


def test_a_server_without_functions_is_refused_at_the_start(redis, monkeypatch):
    def execute(*words, **_):
        if words[0].startswith("FUNCTION"):
            raise redis_client.ResponseError(
                "unknown command 'FUNCTION', with args beginning with:"
            )
        return {"redis_version": "6.2.14"}

    monkeypatch.setattr(redis, "execute_command", execute)

    with pytest.raises(NoFunctions, match=r"^cannot keep jobs in Redis 6\.2\.14: it has no"):
        LedgerFunctions(redis, OTHER).be_loaded()
    with pytest.raises(CannotMigrate, match=r"^cannot start: cannot keep jobs in Redis 6\.2\.14"):
        migrate_at_start(redis)
