"""Redis' own account of itself, judged."""

import pytest

from workflows.process import redis_health
from workflows.process.redis_health import judge

GOOD = {
    "aof_enabled": 1,
    "aof_last_write_status": "ok",
    "maxmemory": 0,
    "maxmemory_policy": "noeviction",
    "used_memory": 5 * 1024**2,
    "role": "master",
}


def signs(**info):
    return {sign.name: sign for sign in judge(GOOD | info)}


def test_a_redis_as_it_is_meant_to_be_passes_everything(redis):
    assert {sign.status for sign in judge(GOOD)} == {"pass"}
    assert {sign.status for sign in judge(redis_health.read(redis))} == {"pass"}


@pytest.mark.parametrize(
    ("info", "name", "status", "word"),
    [
        ({"aof_enabled": 0}, "append_only_file", "warn", "jobs are lost"),
        ({"aof_last_write_status": "err"}, "append_only_file", "fail", "redis-cli INFO"),
        ({"maxmemory_policy": "allkeys-lru", "maxmemory": 1024**3}, "eviction", "warn", "jobs and"),
        ({"maxmemory_policy": "volatile-ttl", "maxmemory": 9}, "eviction", "warn", "sessions"),
        ({"maxmemory_policy": "allkeys-lfu"}, "eviction", "warn", "so far"),
        ({"maxmemory": 5 * 1024**2}, "memory", "warn", "5 of 5 MiB"),
        ({"role": "slave"}, "role", "warn", "REDIS_URL"),
    ],
)
def test_what_may_cost_a_job_is_told_with_the_way_out(info, name, status, word):
    sign = signs(**info)[name]

    assert sign.status == status
    assert word in sign.detail


def test_a_redis_that_tells_nothing_of_itself_is_no_reason_to_stop(redis):
    redis.execute_command("ACL", "SETUSER", "default", "-info")
    try:
        info = redis_health.read(redis)
    finally:
        redis.execute_command("ACL", "SETUSER", "default", "+@all")

    assert [sign.status for sign in judge(info)] == ["warn"]


def test_the_proof_that_redis_serves_leaves_nothing_behind(redis):
    redis_health.write_and_read_back(redis)

    assert redis.keys("*") == []
