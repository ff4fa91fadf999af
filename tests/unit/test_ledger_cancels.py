"""Cancels: of a job that waits, at a safe point, between attempts, and after a step's end."""

import pytest
from ledger_records import add, claim, events, fail

from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.job_documents import job_document
from workflows.ledger.ledger import Ledger
from workflows.states import JobStatus, StepStatus


@pytest.fixture
def ledger(redis):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", "ssh-ed25519 " + "A" * 68))
    return Ledger(redis)


def test_a_cancel_before_anything_began_frees_the_hosts(ledger):
    add(ledger)

    assert ledger.cancel("j1").status is JobStatus.CANCELLED
    assert claim(ledger, 0)[1] == "stale"
    assert Inventory(ledger.redis).host("n1").cluster == ""


def test_a_running_step_learns_of_a_cancel_by_its_heartbeat(ledger):
    add(ledger)
    lease, _ = claim(ledger, 0)
    ledger.cancel("j1")

    assert ledger.beat(lease) == "cancel"
    assert ledger.interrupted(lease)
    assert ledger.job("j1").status is JobStatus.CANCELLED
    assert ledger.job("j1").steps[0].status is StepStatus.PENDING


def test_a_cancelled_job_leaves_no_step_that_waits_for_an_attempt(ledger):
    add(ledger)
    lease, _ = claim(ledger, 0)
    ledger.cancel("j1")

    assert ledger.failed(lease, {"message": "cannot: busy", "advice": ""}, 60)

    job = ledger.job("j1")
    assert (job.status, job.steps[0].status, job.steps[0].due) == ("cancelled", "pending", None)
    assert events(ledger)[-3:] == ["step.retried", "step.interrupted", "job.cancelled"]


def test_a_cancel_between_two_attempts_does_not_wait_for_the_next(ledger):
    add(ledger)
    fail(ledger, 0, delay=600)
    ledger.cancel("j1")

    assert claim(ledger, 0)[1] == "stale"

    job = ledger.job("j1")
    assert (job.status, job.steps[0].status, job.steps[0].due) == ("cancelled", "pending", None)
    ledger.retry("j1")
    assert claim(ledger, 0, epoch=2)[1] == "run"


@pytest.mark.parametrize("is_told_before", [True, False], ids=["before", "after"])
def test_a_cancel_names_the_step_that_it_waits_for_until_that_has_ended(is_told_before, ledger):
    add(ledger)
    lease, _ = claim(ledger, 0)
    if is_told_before:
        assert ledger.uninterruptible(lease, 90.0)
    cancelled = ledger.cancel("j1")
    if not is_told_before:
        assert cancelled.next_action == "it stops at the next safe point"
        assert ledger.uninterruptible(lease, 90.0)
        cancelled = ledger.job("j1")

    assert cancelled.carried_to_its_end == cancelled.steps[0]
    assert cancelled.next_action == (
        "it stops when step 1, 'step_0', has ended: that may not be interrupted half-way"
    )
    row = job_document(cancelled)["steps"][0]
    assert row["ends_by"] - row["running_since"] == pytest.approx(90)
    assert events(ledger)[-2:] == ["job.cancel-requested", "step.not-interrupted"]
    assert ledger.done(lease, {})
    assert claim(ledger, 1)[1] == "cancelled"
    assert ledger.job("j1").steps[0].ends_by is None


def test_a_queued_job_is_cancelled_at_once(ledger):
    add(ledger)
    add(ledger, "j2", digest="other")

    assert ledger.cancel("j2").status is JobStatus.CANCELLED
    assert Inventory(ledger.redis).host("n1").cluster == "prod"
