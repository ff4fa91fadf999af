"""The ledger refuses an approval by who has asked for the job, whichever door they come through."""

import pytest
from ledger_records import add, events

from workflows.access import NOBODY, Principal, Via
from workflows.ledger.refusals import FourEyes

HOUR = 3_600_000
ALICE = Principal("a1", "alice", Via.TOKEN)
BOB = Principal("b1", "bob", Via.CHAT)


@pytest.fixture
def waiting(ledger):
    """A job that Alice has asked for."""
    by = {"requested_by": ALICE.id, "requester": ALICE.person, "via": "token"}
    assert add(ledger, approval=HOUR, **by) == ("j1", True)
    return "j1"


@pytest.mark.parametrize(
    "own",
    [
        ALICE,
        Principal("a1"),
        Principal("a2", "Alice", Via.SESSION),
        Principal("a3", "bob", Via.TOKEN, owner="Alice"),
    ],
    ids=[
        "the same token",
        "the same token without a name",
        "another token of the same person",
        "a token that is called after somebody else",
    ],
)
def test_who_has_asked_for_a_job_does_not_approve_it(ledger, waiting, own):
    with pytest.raises(FourEyes, match="role approver or admin for cluster prod"):
        ledger.approve(waiting, by=own)

    assert ledger.job(waiting).status == "awaiting-approval"
    assert events(ledger)[-1] == "job.accepted"


def test_somebody_else_approves_it(ledger, waiting):
    job = ledger.approve(waiting, by=BOB)

    assert (job.status, job.approved_by, job.approved_alone) == ("running", "b1", False)


def test_who_is_alone_may_approve_it_and_the_job_says_so(ledger, waiting):
    job = ledger.approve(waiting, by=ALICE, alone=True)

    assert (job.status, job.approved_alone) == ("running", True)
    [event] = [event for event in ledger.events(waiting) if event.type == "job.approved"]
    assert event.data["alone"] is True


def test_who_asks_for_the_approval_anew_does_not_give_it(ledger, waiting):
    ledger.cancel(waiting, by=BOB)
    ledger.retry(waiting, by=BOB)

    for own in (ALICE, BOB):
        with pytest.raises(FourEyes):
            ledger.approve(waiting, by=own)
    carol = Principal("c1", "carol", Via.TOKEN)
    assert ledger.approve(waiting, by=carol).approved_by == "c1"


def test_what_the_product_or_a_hook_has_asked_for_is_approved_by_anybody(ledger):
    hook = Principal("hook:alice", "alice", Via.HOOK)
    add(ledger, "j1", approval=HOUR, cluster="a", requester=NOBODY.person)
    add(
        ledger,
        "j2",
        approval=HOUR,
        cluster="b",
        hosts=("n2",),
        requested_by=hook.id,
        requester=hook.person,
    )

    assert [ledger.approve(job, by=ALICE).approved_by for job in ("j1", "j2")] == ["a1", "a1"]


def test_who_has_asked_for_a_job_may_reject_it(ledger, waiting):
    assert ledger.reject(waiting, by=ALICE).status == "rejected"
