"""The ledger on a real server: how long attempts were at work, and those that were lost."""

import pytest
from ledger_records import add, claim, expire

from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.job_documents import job_document
from workflows.ledger.ledger import Ledger
from workflows.states import JobStatus

KEY = "ssh-ed25519 " + "A" * 68


@pytest.fixture
def ledger(redis):
    inventory = Inventory(redis)
    for name in ("n1", "n2", "n3"):
        inventory.put_host(Host(name, "10.0.0.1", KEY))
    return Ledger(redis)


def began_earlier(ledger, key, seconds):
    """Put what goes on now as many seconds into the past, with all that was before."""
    for name in ("started", "running_since", "finished"):
        if (moment := ledger.redis.hget(key, name)) is not None:
            ledger.redis.hset(key, name, int(moment) - int(seconds * 1000))


def test_the_time_at_work_is_that_of_the_attempts_and_waits_are_told_apart(ledger):
    add(ledger, steps=1)
    step, job = "cw:job:j1:step:0", "cw:job:j1"
    for delay, attempt_took, then_rested in ((0, 30, 20), (None, 5, 3600)):
        lease, _ = claim(ledger, 0)
        began_earlier(ledger, step, attempt_took)
        began_earlier(ledger, job, attempt_took)
        ledger.failed(lease, {"message": "cannot", "advice": ""}, delay)
        began_earlier(ledger, step, then_rested)
        began_earlier(ledger, job, then_rested)
    ledger.retry("j1")
    running, _ = claim(ledger, 0, epoch=2)
    while_running = job_document(ledger.job("j1"))
    assert ledger.done(running, {})

    when_done = job_document(ledger.job("j1"))

    assert while_running["steps"][0]["running_since"] is not None
    assert while_running["running_since"] is not None
    for row in (while_running["steps"][0], when_done["steps"][0]):
        assert (row["seconds"], row["waited_seconds"]) == pytest.approx((35, 3620), abs=5)
    for row in (while_running, when_done):
        assert (row["seconds"], row["waited_seconds"]) == pytest.approx((55, 3600), abs=5)
    assert when_done["steps"][0]["running_since"] is when_done["running_since"] is None


def test_a_lost_attempt_was_at_work_until_its_lease_ended(ledger):
    add(ledger)
    claim(ledger, 0)
    step = "cw:job:j1:step:0"
    began_earlier(ledger, step, 600)
    ledger.redis.hset(step, "lease", int(ledger.redis.hget(step, "running_since")) + 7000)

    second, _ = claim(ledger, 0, token="second")
    assert ledger.done(second, {})

    row = job_document(ledger.job("j1"))["steps"][0]
    assert (row["seconds"], row["waited_seconds"]) == pytest.approx((7, 593), abs=5)


def test_a_step_that_kills_its_celery_worker_again_and_again_is_given_up(ledger):
    add(ledger)
    for _ in range(5):
        lease, answer = claim(ledger, 0)
        assert answer == "run"
        expire(ledger, lease)

    assert claim(ledger, 0)[1] == "stale"
    assert ledger.job("j1").status is JobStatus.FAILED
    assert "was lost 5 times" in ledger.job("j1").error["message"]


def test_a_step_whose_process_was_killed_goes_on_at_once_and_says_why(ledger):
    add(ledger)
    first, _ = claim(ledger, 0, token="first")
    assert claim(ledger, 0, token="early")[1] == "busy"

    assert ledger.killed(first, "it stood still")

    assert ledger.due() == ["j1"]
    second, answer = claim(ledger, 0, token="second")
    assert answer == "run"
    resumed = next(event for event in ledger.events("j1") if event.type == "step.resumed")
    resumption = {"reason": "killed", "said": "it stood still", "owner": "test", "lost": 1}
    assert resumption.items() <= resumed.data.items()
    assert not ledger.killed(first, "it stood still")  # its lease is another's now
    assert ledger.done(second, {})


def test_a_step_that_has_its_process_killed_twice_fails_and_a_retry_counts_anew(ledger):
    add(ledger)
    for token in ("first", "second"):
        lease, answer = claim(ledger, 0, token=token)
        assert answer == "run"
        ledger.killed(lease, "it stood still")

    job = ledger.job("j1")
    assert job.status is JobStatus.FAILED
    assert "it stood still, for the second time" in job.error["message"]
    assert job.steps[0].attempt == 2
    ledger.retry("j1")
    lease, answer = claim(ledger, 0, epoch=2)
    assert answer == "run"
    ledger.killed(lease, "it stood still")
    assert claim(ledger, 0, epoch=2, token="next")[1] == "run"


def test_an_undo_that_has_its_process_killed_twice_leaves_the_job_stuck(ledger):
    add(ledger, on_failure="rollback")
    for token in ("first", "second", "third", "fourth"):
        epoch = ledger.job("j1").epoch
        lease, answer = claim(ledger, 0, token=token, epoch=epoch)
        assert answer in {"run", "undo"}
        ledger.killed(lease, "it stood still")

    assert ledger.job("j1").status is JobStatus.STUCK


def test_a_cancelled_step_whose_process_is_killed_is_cancelled(ledger):
    add(ledger)
    lease, _ = claim(ledger, 0)
    ledger.cancel("j1")

    ledger.killed(lease, "it stood still")

    assert claim(ledger, 0, token="next")[1] == "cancelled"
    assert ledger.job("j1").status is JobStatus.CANCELLED
