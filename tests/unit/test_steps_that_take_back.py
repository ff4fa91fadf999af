"""Steps that take back what an earlier one did run also when their job fails or is cancelled."""

import json

import pytest
from ledger_records import add, claim, events, expire, record

from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.ledger.claims import Wait
from workflows.ledger.ended import ended
from workflows.ledger.ledger import Ledger

ERROR = ended("cannot upgrade n1", "mend n1")
WORSE = ended("cannot uncordon n1", "mend n1 more")
CORDON, DRAIN, UPGRADE, UNCORDON, VERIFY = range(5)
NAMES = ("cordon", "drain", "upgrade", "uncordon", "verify")


@pytest.fixture
def ledger(redis):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", "ssh-ed25519 " + "A" * 68))
    return Ledger(redis)


def plan_of(names):
    steps = [{"name": name, "title": name, "hosts": ["n1"]} for name in names]
    return {"plan": json.dumps(json.loads(record()["plan"]) | {"steps": steps})}


@pytest.fixture
def job(ledger):
    """A job that cordons, drains, upgrades, uncordons and verifies."""
    add(ledger, steps=5, closings=[[UNCORDON, CORDON]], **plan_of(NAMES))
    return ledger


def carry_out(ledger, *indexes, token="t"):  # noqa: S107  # a fencing token, no secret
    for index in indexes:
        lease, answer = claim(ledger, index, token=token, epoch=ledger.tail("j1").epoch)
        assert answer == "run", f"step {index} is {answer}"
        assert ledger.done(lease, {})


def fail(ledger, index, error=ERROR):
    lease, answer = claim(ledger, index, epoch=ledger.tail("j1").epoch)
    assert answer == "run"
    ledger.failed(lease, error, None)


def remaining(ledger):
    return list(ledger.tail("j1").indexes)


def test_on_the_ordinary_way_it_runs_in_its_place_like_any_step(job):
    carry_out(job, CORDON, DRAIN, UPGRADE, UNCORDON, VERIFY)

    assert job.job("j1").status == "succeeded"
    assert not any(step.is_owed for step in job.job("j1").steps)


def test_after_a_failure_in_between_only_it_runs_and_then_the_job_rests_as_failed(job):
    carry_out(job, CORDON, DRAIN)
    fail(job, UPGRADE)

    closing = job.job("j1")
    assert (closing.status, closing.ends, remaining(job)) == ("closing", "failed", [UNCORDON])
    assert closing.next_action == (
        "it failed at step 3, 'upgrade'; before it rests as failed it carries out step 4, "
        "'uncordon'"
    )
    assert job.due() == ["j1"]  # nobody has to ask for it
    carry_out(job, UNCORDON)
    rests = job.job("j1")
    assert (rests.status, rests.ends) == ("failed", "")
    assert rests.error["message"] == ERROR["message"]
    assert job.redis.exists("cw:holder:prod") == 0
    last = job.events("j1")[-1]
    assert (last.type, last.data["message"]) == ("job.failed", ERROR["message"])


def test_it_is_owed_once_its_opener_has_begun_also_if_that_failed_itself(job):
    fail(job, CORDON)

    assert remaining(job) == [UNCORDON]


def test_what_was_never_opened_is_not_closed(ledger):
    add(ledger, steps=3, closings=[[2, 1]])
    fail(ledger, 0)

    assert ledger.job("j1").status == "failed"


def test_what_was_closed_in_its_place_is_not_closed_again(job):
    carry_out(job, CORDON, DRAIN, UPGRADE, UNCORDON)
    fail(job, VERIFY)

    assert job.job("j1").status == "failed"


def test_a_cancel_takes_back_what_is_owed_before_the_job_rests(job):
    carry_out(job, CORDON)

    job.cancel("j1")

    assert (job.job("j1").status, job.job("j1").ends) == ("closing", "cancelled")
    assert "told to stop; before it rests as cancelled" in job.job("j1").next_action
    carry_out(job, UNCORDON)
    assert job.job("j1").status == "cancelled"


def test_a_cancel_in_the_middle_of_a_step_ends_that_first(job):
    carry_out(job, CORDON)
    lease, _ = claim(job, DRAIN)
    job.cancel("j1")
    assert (job.job("j1").status, job.beat(lease)) == ("cancelling", "cancel")

    job.interrupted(lease)

    assert remaining(job) == [UNCORDON]


def test_a_cancel_does_not_interrupt_the_step_that_takes_something_back(job):
    carry_out(job, CORDON, DRAIN, UPGRADE)
    lease, _ = claim(job, UNCORDON)

    job.cancel("j1")

    assert job.job("j1").status == "closing"
    assert job.beat(lease) == "ok"
    job.done(lease, {})
    assert job.job("j1").status == "cancelled"


def test_a_second_cancel_changes_nothing_of_what_is_owed(job):
    carry_out(job, CORDON, DRAIN)
    fail(job, UPGRADE)
    before = job.job("j1")

    after = job.cancel("j1")

    assert (after.status, after.ends, after.seq) == ("closing", "failed", before.seq)
    assert "cancel" not in after.can


def test_a_closing_step_is_tried_again_as_its_plan_says(job):
    carry_out(job, CORDON)
    job.cancel("j1")
    lease, _ = claim(job, UNCORDON)
    job.failed(lease, WORSE, 0.0)
    assert job.job("j1").status == "closing"

    carry_out(job, UNCORDON)

    assert job.job("j1").status == "cancelled"


def test_a_closing_step_may_wait_and_its_job_is_closing_meanwhile(job):
    carry_out(job, CORDON)
    job.cancel("j1")
    lease, _ = claim(job, UNCORDON)

    assert job.deferred(lease, Wait("n1 is not Ready", 0.0), 600.0) == "ok"

    assert job.job("j1").status == "closing"
    carry_out(job, UNCORDON)
    assert job.job("j1").status == "cancelled"


def test_a_closing_job_waits_for_no_person(job):
    carry_out(job, CORDON)
    job.cancel("j1")
    lease, _ = claim(job, UNCORDON)

    assert job.deferred(lease, Wait("n1 is off", None, "switch n1 on"), 600.0) == "over"

    rests = job.job("j1")
    assert rests.status == "cancelled"
    assert rests.error["message"] == "cannot go on without a person: n1 is off"


def test_a_lost_closing_step_is_taken_up_again(job):
    carry_out(job, CORDON)
    job.cancel("j1")
    lease, _ = claim(job, UNCORDON)
    expire(job, lease)

    carry_out(job, UNCORDON, token="u")

    assert job.job("j1").status == "cancelled"


def test_a_closing_step_that_fails_too_is_told_beside_the_first_error(job):
    carry_out(job, CORDON, DRAIN)
    fail(job, UPGRADE)
    fail(job, UNCORDON, WORSE)

    rests = job.job("j1")
    assert (rests.status, rests.error["message"]) == ("failed", ERROR["message"])
    (finding,) = rests.error["findings"]
    message = "what step 1, 'cordon', did is there still: step 4, 'uncordon', did not take it back"
    assert (finding["code"], finding["message"]) == ("not-taken-back", message)
    assert message in rests.next_action
    assert rests.steps[UNCORDON].error["message"] == WORSE["message"]
    assert events(job)[-2:] == ["step.failed", "job.failed"]


def test_one_that_fails_keeps_no_other_from_its_part(ledger):
    add(ledger, steps=5, closings=[[3, 1], [4, 0]])
    carry_out(ledger, 0, 1)
    fail(ledger, 2)
    fail(ledger, 3, WORSE)

    assert remaining(ledger) == [4]
    carry_out(ledger, 4)
    assert ledger.job("j1").status == "failed"


def test_a_retry_does_again_what_was_taken_back_on_every_host(job):
    carry_out(job, CORDON, DRAIN)
    job.redis.hset("cw:job:j1:hosts:1", "n1", '{"status": "done"}')
    fail(job, UPGRADE)
    carry_out(job, UNCORDON)

    job.retry("j1")

    assert remaining(job) == [CORDON, DRAIN, UPGRADE, UNCORDON, VERIFY]
    assert job.job("j1").steps[DRAIN].hosts_done == frozenset()
    carry_out(job, CORDON, DRAIN, UPGRADE, UNCORDON, VERIFY)
    assert job.job("j1").status == "succeeded"


def test_a_retry_leaves_alone_what_was_closed_in_its_place(job):
    carry_out(job, CORDON, DRAIN, UPGRADE, UNCORDON)
    fail(job, VERIFY)

    job.retry("j1")

    assert remaining(job) == [VERIFY]


def test_a_retry_goes_on_from_the_failure_where_nothing_was_taken_back(job):
    carry_out(job, CORDON, DRAIN)
    fail(job, UPGRADE)
    fail(job, UNCORDON, WORSE)

    job.retry("j1")

    assert remaining(job) == [UPGRADE, UNCORDON, VERIFY]


def test_a_retry_that_is_cancelled_before_the_opener_begins_again_owes_nothing(job):
    carry_out(job, CORDON)
    job.cancel("j1")
    carry_out(job, UNCORDON)
    job.retry("j1")

    assert job.cancel("j1").status == "cancelled"


def test_a_retry_that_is_cancelled_in_the_queue_works_on_nothing(job):
    carry_out(job, CORDON)
    job.cancel("j1")
    fail(job, UNCORDON, WORSE)
    add(job, "j2", hosts=())
    job.retry("j1")

    assert job.job("j1").status == "queued"
    assert job.cancel("j1").status == "cancelled"


def test_an_undo_leads_back_to_before_the_first_run_however_often_a_step_was_done_again(ledger):
    formed = {"name": "prod", "environment": "dev", "phase": "formed", "addons": '["rbac"]'}
    ledger.redis.hset("cw:cluster:prod", mapping=formed)
    add(ledger, steps=3, closings=[[2, 0]], founds="")
    for turn in range(2):
        lease, _ = claim(ledger, 0, epoch=ledger.tail("j1").epoch)
        if not turn:
            ledger.note(lease, {"schedulable": True})
        ledger.done(lease, {}, [{"do": "set-addons", "addons": ["dns"]}])
        fail(ledger, 1)
        carry_out(ledger, 2)
        if not turn:
            ledger.retry("j1")

    ledger.rollback("j1")

    assert ledger.redis.hget("cw:job:j1:step:0", "before") == '{"schedulable": true}'
    for index in (2, 1, 0):
        lease, _ = claim(ledger, index, epoch=ledger.tail("j1").epoch)
        assert ledger.redis.hget("cw:cluster:prod", "addons") == '["dns"]'
        ledger.done(lease, {})
    assert ledger.redis.hget("cw:cluster:prod", "addons") == '["rbac"]'


def test_an_automatic_rollback_undoes_the_opener_and_closes_nothing(ledger):
    add(ledger, steps=3, closings=[[2, 0]], on_failure="rollback")
    carry_out(ledger, 0)
    fail(ledger, 1)

    assert (ledger.job("j1").status, remaining(ledger)) == ("rolling-back", [1, 0])


def test_what_a_rollback_undoes_is_not_owed_any_more(job):
    carry_out(job, CORDON)
    job.cancel("j1")
    fail(job, UNCORDON, WORSE)

    job.rollback("j1")

    for index in (UNCORDON, CORDON):
        lease, _ = claim(job, index, epoch=job.tail("j1").epoch)
        job.done(lease, {})
    assert job.job("j1").status == "rolled-back"
    assert not job.job("j1").steps[UNCORDON].is_owed


def test_a_job_that_only_takes_back_is_no_twin_of_the_same_change(job):
    carry_out(job, CORDON)
    job.cancel("j1")

    assert job.known("prod", "j1") is None


def test_where_no_celery_worker_is_nobody_is_told_to_cancel_what_is_closing(job):
    carry_out(job, CORDON)
    job.cancel("j1")
    job.redis.delete("cw:workers:sites")

    next_action = job.job("j1").next_action

    assert next_action.startswith("no Celery worker serves site default")
    assert "cancel" not in next_action


def test_what_was_taken_back_is_not_done_again_for_a_host_that_is_left_out(job):
    carry_out(job, CORDON, DRAIN)
    fail(job, UPGRADE)
    carry_out(job, UNCORDON)
    rest = record(steps=5, closings=[[UNCORDON, CORDON]], **plan_of(NAMES)) | {
        "step_names": list(NAMES),
        "seq": int(job.redis.hget("cw:job:j1", "seq")),
        "basis": job.revision("prod"),
        "kept": UNCORDON + 1,
        "left_out": [UPGRADE],
        "without": '["n2"]',
    }

    job.retry("j1", rest=rest)

    assert [step.status for step in job.job("j1").steps] == [
        *("done", "done", "left-out", "done", "pending")
    ]
