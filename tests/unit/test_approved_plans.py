"""An approval is for one plan: a retry carries that out, or the job ends and says what differs."""

import pytest
from going_on import KEY, looked, seen_leading

from cluster.spec import Host
from workflows.states import JobStatus

NODES = {"control_plane": ["n1", "n2", "n3"]}
WORKERS = {"workers": ["n4", "n5"]}


@pytest.fixture
def approved(worker, ledger):
    """A job that somebody has approved, and that was cancelled before it had changed anything."""
    worker.do(worker.ask("create-cluster", NODES))
    looked(ledger, "prod", seen_leading("n1", "n2", "n3"))
    job = worker.ask("add-nodes", WORKERS, approve_within=1)
    ledger.approve(job)
    ledger.cancel(job)
    return job


def approvals(ledger, job):
    return [event.type for event in ledger.events(job)].count("job.approved")


def test_a_retry_carries_out_the_plan_that_was_approved_without_another_approval(
    worker, ledger, approved
):
    before = ledger.job(approved).plan["digest"]

    ledger.retry(approved)
    worker.do(approved)

    job = ledger.job(approved)
    assert (job.status, job.plan["digest"]) == (JobStatus.SUCCEEDED, before)
    assert approvals(ledger, approved) == 1


def test_a_retry_that_would_carry_out_another_plan_ends_as_outdated_and_says_what_differs(
    worker, ledger, inventory, approved
):
    inventory.put_host(Host("n4", "10.0.0.4", KEY, labels={"disk": "ssd"}))

    ledger.retry(approved)
    lease, step = worker.begin(approved)
    assert step["name"] == "observe"
    assert ledger.done(lease, {})
    lease = worker.claim(approved)

    job = ledger.job(approved)
    assert (lease, job.status) == (None, JobStatus.OUTDATED)
    assert any("label" in sentence for sentence in job.error["difference"])
    assert inventory.host("n4").reserved_by == ""
