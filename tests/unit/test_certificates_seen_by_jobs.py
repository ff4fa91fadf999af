"""A ``refresh-certs`` job renews what its own look sees, however old the sight of its plan."""

import time

import pytest
from acting_worker import ActingWorker
from going_on import looked as looked_at
from going_on import seen_leading, story

from cluster.certificates import DAY_SECONDS, NAMES
from cluster.spec import Host
from workflows.celery_workers import celery_worker_seen
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.states import JobStatus

KEY = "ssh-ed25519 " + "A" * 68
NOW = int(time.time())


@pytest.fixture
def ledger(redis):
    inventory = Inventory(redis)
    for number in (1, 2, 3):
        inventory.put_host(Host(f"n{number}", f"10.0.0.{number}", KEY))
    celery_worker_seen(redis, "w1")
    return Ledger(redis)


@pytest.fixture
def worker(ledger):
    """Of a cluster that has been formed."""
    worker = ActingWorker(ledger, Inventory(ledger.redis))
    worker.do(worker.ask("create-cluster", {"control_plane": ["n1", "n2", "n3"]}))
    return worker


def seen(**days):
    """What a look tells; of the hosts that are named a certificate ends in so many days."""
    certificates = [
        {"host": host, "name": name, "ends": NOW + left * DAY_SECONDS}
        for host in ("n1", "n2", "n3")
        for name, left in {**dict.fromkeys(NAMES, 300), "server.crt": days.get(host, 300)}.items()
    ]
    return seen_leading("n1", "n2", "n3") | {"at": NOW, "certificates": certificates}


def looked(ledger, cluster, observation):
    looked_at(ledger, cluster, observation)
    ledger.redis.hset(f"cw:cluster:{cluster}", "observed_at", NOW * 1000)


def look(worker, ledger, job, observation):
    """Let a job look at its cluster; what comes next is planned on that."""
    lease, step = worker.begin(job)
    assert step["name"] == "observe"
    looked(ledger, "prod", observation)
    assert ledger.done(lease, {})


def test_a_job_that_was_planned_to_renew_nothing_renews_what_ends_by_now(worker, ledger):
    looked(ledger, "prod", seen())
    job = worker.ask("refresh-certs", {})
    planned = story(ledger, job)

    look(worker, ledger, job, seen(n2=9))
    worker.do(job)

    assert [name for name, *_ in planned] == ["observe", "verify_quorum"]
    assert story(ledger, job) == [
        ("observe", "n1 n2 n3", "done"),
        ("refresh_certs", "n2", "done"),
        ("verify_quorum", "n1 n2 n3", "done"),
    ]


def test_a_job_does_not_renew_what_somebody_renewed_meanwhile(worker, ledger):
    looked(ledger, "prod", seen(n1=5, n3=5))
    job = worker.ask("refresh-certs", {})

    look(worker, ledger, job, seen(n3=5))
    worker.do(job)

    assert [row for row in story(ledger, job) if row[0] == "refresh_certs"] == [
        ("refresh_certs", "n3", "done")
    ]


def test_a_retry_goes_on_with_the_node_that_failed_and_renews_none_twice(worker, ledger):
    looked(ledger, "prod", seen(n1=5, n2=5, n3=5))
    job = worker.ask("refresh-certs", {})
    worker.do(job, until="refresh_certs")
    lease, step = worker.begin(job)
    assert ledger.done(lease, {}, step["writes"])
    worker.fail(job, "refresh_certs")

    ledger.retry(job)
    look(worker, ledger, job, seen(n2=5, n3=5))
    worker.do(job)

    assert story(ledger, job)[1:4] == [
        ("refresh_certs", "n1", "done"),
        ("refresh_certs", "n2", "done"),
        ("refresh_certs", "n3", "done"),
    ]
    assert [step.attempt for step in ledger.job(job).steps[1:4]] == [1, 2, 1]
    assert ledger.job(job).status is JobStatus.SUCCEEDED


def test_a_job_ends_before_it_renews_anything_where_its_look_is_told_no_certificates(
    worker, ledger
):
    looked(ledger, "prod", seen(n1=5))
    job = worker.ask("refresh-certs", {})

    look(worker, ledger, job, seen() | {"certificates": []})

    assert worker.claim(job) is None
    found = ledger.job(job)
    assert found.status is JobStatus.FAILED
    assert [row["code"] for row in found.error["findings"]] == ["certificates-not-seen"]
