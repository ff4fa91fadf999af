"""Old jobs are forgotten, and none that may still go on."""

import pytest
from ledger_records import add, claim

from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.retention import Retention

KEY = "ssh-ed25519 " + "A" * 68
LONG = 10**12


@pytest.fixture
def ledger(redis):
    inventory = Inventory(redis)
    for name in ("n1", "n2"):
        inventory.put_host(Host(name, "10.0.0.1", KEY))
    return Ledger(redis)


def finished(ledger, job, cluster="prod", **more):
    """Return a job that has succeeded without a change of the record."""
    add(ledger, job, cluster=cluster, steps=1, reserves="[]", coming="{}", founds="", **more)
    lease, answer = claim(ledger, 0, job=job)
    assert answer == "run"
    assert ledger.done(lease, {})
    return job


def kept(ledger):
    return {job.id for job in ledger.jobs(limit=100)}


def test_the_newest_of_each_cluster_stay(ledger):
    for number in range(4):
        finished(ledger, f"a{number}", cluster="a")
    finished(ledger, "b0", cluster="b")

    assert ledger.prune(keep=2, age_ms=LONG) == (2, False)

    assert kept(ledger) == {"a2", "a3", "b0"}


def test_what_is_too_old_goes_with_all_that_is_known_of_it(ledger, redis):
    finished(ledger, "old")
    redis.hset("cw:job:old", "finished", 1000)

    assert ledger.prune(keep=10, age_ms=1000) == (1, False)

    assert redis.keys("cw:job:old*") == redis.keys("cw:jobs:*") == []
    assert ledger.jobs() == ledger.jobs(cluster="prod") == ledger.jobs(status="succeeded") == []
    assert ledger.ids("o", 5) == []


def test_unfinished_jobs_and_those_that_may_go_on_always_stay(ledger, redis):
    add(ledger, "running", cluster="a", hosts=("n1",))
    add(ledger, "failed", cluster="b", hosts=("n2",))
    lease, _ = claim(ledger, 0, job="failed")
    assert ledger.failed(lease, {"message": "cannot", "advice": ""}, None)
    for job in ("running", "failed"):
        redis.hset(f"cw:job:{job}", "finished", 1000)

    assert ledger.prune(keep=0, age_ms=1000) == (0, False)

    assert kept(ledger) == {"running", "failed"}


def test_a_look_takes_some_jobs_at_a_time_and_goes_on_where_it_was(ledger):
    for number in range(5):
        finished(ledger, f"j{number}")

    looks = [ledger.prune(keep=1, age_ms=LONG, most=2) for _ in range(3)]

    assert looks == [(2, True), (2, True), (0, False)]
    assert kept(ledger) == {"j4"}


def test_a_pass_waits_for_its_time_once_all_jobs_were_looked_at(ledger):
    finished(ledger, "j0")
    finished(ledger, "j1")
    retention = Retention(ledger, keep_jobs=1, keep_days=90)

    assert [retention.tick(), retention.tick()] == [1, 0]
