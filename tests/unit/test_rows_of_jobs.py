"""A row of a list says of a job what the whole job says, whatever has become of it."""

import pytest
from ledger_records import add, claim

from api.page.job_progress import progress
from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.job_documents import job_row
from workflows.ledger.claims import Wait
from workflows.ledger.ledger import Ledger

ERROR = {
    "message": "cannot install: no way out",
    "transient": False,
    "advice": "open a way out",
    "findings": [],
    "failures": [],
}
WARNED = {"findings": [{"code": "disk-slow", "severity": "warn", "message": "m", "host": "n1"}]}


@pytest.fixture
def ledger(redis):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", "ssh-ed25519 " + "A" * 68))
    return Ledger(redis)


def accepted(ledger):
    add(ledger)


def queued(ledger):
    add(ledger)
    add(ledger, "j2")


def succeeded_with_a_warning(ledger):
    add(ledger)
    for index in range(2):
        lease, _ = claim(ledger, index)
        ledger.host(lease, "n1", {"status": "done"})
        ledger.done(lease, WARNED)


def failed(ledger):
    add(ledger)
    lease, _ = claim(ledger, 0)
    ledger.failed(lease, ERROR, None)


def waiting_for_a_person(ledger):
    add(ledger)
    lease, _ = claim(ledger, 0)
    ledger.deferred(lease, Wait("the licence", None, "buy it"), 60)


def cancelled_in_a_step_that_has_to_end(ledger):
    add(ledger)
    lease, _ = claim(ledger, 0)
    ledger.uninterruptible(lease, 60)
    ledger.cancel("j1")


def without_steps(ledger):
    add(ledger, steps=0)


@pytest.mark.parametrize(
    "made",
    [
        accepted,
        queued,
        succeeded_with_a_warning,
        failed,
        waiting_for_a_person,
        cancelled_in_a_step_that_has_to_end,
        without_steps,
    ],
    ids=lambda made: made.__name__,
)
def test_a_row_tells_what_the_whole_job_tells(ledger, made):
    made(ledger)

    whole, rows = ledger.jobs(), ledger.jobs(whole=False)

    assert list(map(job_row, rows)) == list(map(job_row, whole))
    assert list(map(progress, rows)) == list(map(progress, whole))
    assert [job.error for job in rows] == [job.error for job in whole]


def test_a_row_is_read_without_what_was_asked_for_and_what_hosts_said(ledger):
    add(ledger, params='{"control_plane": ["n1"]}')
    lease, _ = claim(ledger, 0)
    ledger.host(lease, "n1", {"status": "running"})

    (row,) = ledger.jobs(whole=False)

    assert (row.params, row.steps[0].hosts) == ({}, {})


def test_more_rows_than_one_run_of_the_script_reads_come_in_their_order(ledger):
    jobs = [f"j{number}" for number in range(30)]
    for job in jobs:
        add(ledger, job, cluster=job, hosts=())

    found = ledger.jobs(whole=False)

    assert [job.id for job in found] == [job.id for job in ledger.jobs()]
    assert {job.id for job in found} == set(jobs)
