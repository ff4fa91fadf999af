"""Names of requests: each leads to one job, and those that requests share lead all to the same."""

import pytest
from ledger_records import record

from cluster.spec import Host
from workflows.access import request_key
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.ledger.refusals import KeyOfAnother

KEY = "ssh-ed25519 " + "A" * 68


@pytest.fixture
def ledger(redis):
    for name in ("n1", "n2"):
        Inventory(redis).put_host(Host(name, "10.0.0.1", KEY))
    return Ledger(redis)


def name_of(request, body="same"):
    return request_key("somebody", "/path", request, body)


def create(ledger, job, *keys, host="n1"):
    rows = [key.as_dict() for key in keys]
    return ledger.create(record(job, cluster=f"c-{job}", hosts=(host,), keys=rows))


def test_a_request_of_a_shared_name_joins_the_job_and_its_own_name_stands_for_that_too(ledger):
    shared = name_of("all alerts")
    create(ledger, "j1", name_of("first"), shared)

    assert ledger.keyed(name_of("second"), shared) == ("j1", False)
    assert ledger.keyed(name_of("second")) == ("j1", False)
    assert ledger.keyed(name_of("first"), shared) == ("j1", True)


def test_a_job_is_not_made_where_a_shared_name_stands_for_another(ledger):
    shared = name_of("all alerts")
    create(ledger, "j1", name_of("first"), shared)

    assert create(ledger, "j2", name_of("second"), shared, host="n2") == ("j1", False)
    assert [job.id for job in ledger.jobs()] == ["j1"]


def test_a_shared_name_is_kept_for_its_time_from_the_job_on_and_no_longer_for_who_joins(
    ledger, redis
):
    shared = name_of("all alerts")
    create(ledger, "j1", name_of("first"), shared)
    redis.pexpire(f"cw:key:{shared.place}", 60_000)

    ledger.keyed(name_of("second"), shared)

    assert 0 < redis.pttl(f"cw:key:{shared.place}") <= 60_000


def test_a_name_that_stands_for_something_else_is_refused_whatever_the_others_say(ledger):
    shared = name_of("all alerts")
    create(ledger, "j1", name_of("first"), shared)

    with pytest.raises(KeyOfAnother):
        ledger.keyed(name_of("first", "another body"), shared)
    assert ledger.keyed(name_of("first")) == ("j1", True)


def test_a_name_whose_job_was_forgotten_stands_for_nothing(ledger, redis):
    create(ledger, "j1", name_of("first"))
    redis.delete("cw:job:j1")

    assert ledger.keyed(name_of("first")) is None


def test_a_name_that_made_a_job_says_so_though_an_equal_request_found_it_a_moment_later(
    ledger, redis
):
    create(ledger, "j1", name_of("first"))
    cluster, digest = redis.hmget("cw:job:j1", "cluster", "digest")

    assert ledger.known(cluster, digest) == ("same", "j1")
    assert ledger.known(cluster, digest, [name_of("first")]) == ("made", "j1")

    assert ledger.keyed(name_of("first")) == ("j1", True)
