"""Jobs that share their cluster, and those that want it for themselves."""

import pytest
from ledger_records import add, claim

from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger


@pytest.fixture
def ledger(redis):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", "ssh-ed25519 " + "A" * 68))
    return Ledger(redis)


def come(ledger, **locks):
    """Create jobs of one step on one cluster, each with its lock."""
    for job, lock in locks.items():
        add(ledger, job, steps=1, lock=lock, reserves="[]", coming="{}", founds="")


def end(ledger, job):
    ledger.redis.hdel(f"cw:job:{job}", "replan")  # as if it had been planned anew
    lease, answer = claim(ledger, 0, job=job, token=job)
    assert answer == "run"
    assert ledger.done(lease, {})


def statuses(ledger, *jobs):
    return [str(ledger.job(job).status) for job in jobs]


def test_jobs_that_share_a_cluster_run_beside_each_other(ledger):
    come(ledger, j1="shared", j2="shared")

    assert statuses(ledger, "j1", "j2") == ["running", "running"]
    assert ledger.ahead("prod") == ["j1", "j2"]


def test_who_wants_a_cluster_for_itself_waits_for_all_that_share_it(ledger):
    come(ledger, j1="shared", j2="shared", j3="exclusive")
    assert ledger.job("j3").waits_for in {"j1", "j2"}

    end(ledger, "j1")
    assert statuses(ledger, "j2", "j3") == ["running", "queued"]
    assert ledger.job("j3").waits_for == "j2"
    end(ledger, "j2")

    assert statuses(ledger, "j1", "j2", "j3") == ["succeeded", "succeeded", "running"]


def test_who_shares_does_not_overtake_who_waits_to_have_it_alone(ledger):
    come(ledger, j1="shared", j2="exclusive", j3="shared", j4="shared", j5="exclusive")

    assert statuses(ledger, "j2", "j3", "j4") == ["queued"] * 3
    end(ledger, "j1")
    assert statuses(ledger, "j2", "j3", "j4", "j5") == ["running", "queued", "queued", "queued"]
    end(ledger, "j2")

    assert statuses(ledger, "j3", "j4", "j5") == ["running", "running", "queued"]


def test_those_behind_a_waiting_job_that_is_cancelled_begin_if_they_may(ledger):
    come(ledger, j1="shared", j2="exclusive", j3="shared", j4="exclusive")

    ledger.cancel("j2")

    assert statuses(ledger, "j1", "j3", "j4") == ["running", "running", "queued"]


def test_a_job_that_rests_shares_the_cluster_no_more(ledger):
    come(ledger, j1="shared", j2="exclusive")
    lease, _ = claim(ledger, 0)

    ledger.failed(lease, {"message": "cannot", "failures": [], "findings": []}, None)

    assert statuses(ledger, "j1", "j2") == ["failed", "running"]
    assert ledger.retry("j1").status == "queued"
