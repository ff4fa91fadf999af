"""The ledger on a real server: claims, leases, fencing, retries, rollback, events."""

import pytest
from ledger_records import add, claim, events, expire, fail, run

from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.job_documents import job_document
from workflows.ledger.ledger import Ledger
from workflows.ledger.refusals import HostTaken, JobNotFound
from workflows.states import IllegalTransition, JobStatus, StepStatus

KEY = "ssh-ed25519 " + "A" * 68


@pytest.fixture
def ledger(redis):
    inventory = Inventory(redis)
    for name in ("n1", "n2", "n3"):
        inventory.put_host(Host(name, "10.0.0.1", KEY))
    return Ledger(redis)


def test_a_job_runs_its_steps_in_order_and_succeeds(ledger):
    add(ledger)

    run(ledger, 0)
    run(ledger, 1)

    assert ledger.job("j1").status is JobStatus.SUCCEEDED
    assert events(ledger) == [
        "job.accepted",
        "job.started",
        "step.started",
        "step.succeeded",
        "step.started",
        "step.succeeded",
        "job.succeeded",
    ]


@pytest.mark.parametrize("number", [float("nan"), float("inf")], ids=str)
def test_what_is_no_number_in_json_never_enters_the_ledger(ledger, number):
    add(ledger)
    lease, _ = claim(ledger, 0)

    with pytest.raises(ValueError, match="not JSON compliant"):
        ledger.done(lease, {"round_trips_ms": {"n1": {"n2": [number, 1]}}})

    assert ledger.done(lease, {})


def test_the_event_numbers_have_no_gap(ledger):
    add(ledger)
    run(ledger, 0)

    numbers = [event.seq for event in ledger.events("j1")]

    assert numbers == list(range(1, ledger.job("j1").seq + 1))
    assert [event.seq for event in ledger.events("j1", after=2)] == numbers[2:]


def test_a_step_is_not_claimed_before_the_one_before_it_is_done(ledger):
    add(ledger)

    assert claim(ledger, 1)[1] == "stale"


def test_a_step_that_is_done_lets_a_repeated_chain_go_on(ledger):
    add(ledger)
    run(ledger, 0)

    assert claim(ledger, 0)[1] == "done"


def test_a_leased_step_is_given_to_nobody_else(ledger):
    add(ledger)
    claim(ledger, 0, token="first")

    assert claim(ledger, 0, token="second")[1] == "busy"


def test_a_lost_lease_goes_to_the_next_and_the_first_is_fenced_out(ledger):
    add(ledger)
    first, _ = claim(ledger, 0, token="first")
    expire(ledger, first)

    second, answer = claim(ledger, 0, token="second")

    assert answer == "run"
    resumed = next(event for event in ledger.events("j1") if event.type == "step.resumed")
    resumption = {"reason": "lease-ended", "owner": "test", "lost": 1, "lease_ended": 0.001}
    assert (resumed.step, resumed.status, dict(resumed.data)) == (0, "running", resumption)
    assert ledger.beat(first) == "lost"
    assert not ledger.done(first, {})
    assert not ledger.failed(first, {"message": "late"}, None)
    assert not ledger.host(first, "n1", {"status": "done"})
    assert ledger.done(second, {})


def test_a_message_of_an_earlier_epoch_is_stale(ledger):
    add(ledger)
    fail(ledger, 0)
    ledger.retry("j1")

    assert claim(ledger, 0, epoch=1)[1] == "stale"
    assert claim(ledger, 0, epoch=2)[1] == "run"


def test_a_transient_failure_waits_until_it_is_due(ledger):
    add(ledger)
    fail(ledger, 0, delay=60)

    assert ledger.job("j1").steps[0].status is StepStatus.RETRYING
    assert claim(ledger, 0)[1] == "busy"
    assert ledger.due() == []


def test_a_failed_step_stops_the_job_and_frees_the_cluster_for_the_next(ledger):
    add(ledger)
    add(ledger, "j2", digest="other")
    assert ledger.job("j2").position == 1
    assert ledger.job("j2").waits_for == "j1"

    fail(ledger, 0)

    assert ledger.job("j1").status is JobStatus.FAILED
    assert ledger.job("j2").status is JobStatus.RUNNING
    assert ledger.due() == ["j2"]


def test_a_retry_leaves_done_steps_and_done_hosts_alone(ledger):
    add(ledger, hosts=("n1", "n2"))
    run(ledger, 0)
    lease, _ = claim(ledger, 1)
    ledger.host(lease, "n1", {"status": "done"})
    ledger.host(lease, "n2", {"status": "failed"})
    ledger.failed(lease, {"message": "cannot"}, None)

    job = ledger.retry("j1")

    assert [step.status for step in job.steps] == [StepStatus.DONE, StepStatus.PENDING]
    assert job.steps[1].hosts_done == {"n1"}
    assert ledger.tail("j1").indexes == (1,)


def test_a_rollback_undoes_begun_steps_last_first_and_frees_the_hosts(ledger):
    add(ledger, steps=3)
    run(ledger, 0)
    fail(ledger, 1)

    ledger.rollback("j1")
    assert ledger.tail("j1").indexes == (1, 0)
    run(ledger, 1, epoch=2)
    run(ledger, 0, epoch=2)

    assert ledger.job("j1").status is JobStatus.ROLLED_BACK
    assert Inventory(ledger.redis).host("n1").cluster == ""
    assert Inventory(ledger.redis).clusters() == ()


def test_a_change_may_ask_for_rollback_on_failure(ledger):
    add(ledger, on_failure="rollback")
    fail(ledger, 0)

    assert ledger.job("j1").status is JobStatus.ROLLING_BACK
    assert ledger.due() == ["j1"]


def test_an_undo_that_fails_for_good_leaves_the_job_stuck_and_can_be_tried_again(ledger):
    add(ledger)
    fail(ledger, 0)
    ledger.rollback("j1")
    fail(ledger, 0, epoch=2)
    assert ledger.job("j1").status is JobStatus.STUCK

    ledger.rollback("j1")
    run(ledger, 0, epoch=3)

    assert ledger.job("j1").status is JobStatus.ROLLED_BACK


def test_an_identical_unfinished_change_keeps_its_job(ledger):
    assert add(ledger, digest="same") == ("j1", True)
    assert add(ledger, "j2", digest="same") == ("j1", False)


def test_a_host_of_another_cluster_is_not_taken_and_nothing_is_stored(ledger):
    add(ledger)

    with pytest.raises(HostTaken, match="reserved for cluster prod by job j1") as refused:
        add(ledger, "j2", cluster="lab", hosts=("n2", "n1"))

    assert refused.value.job == "j1"
    assert Inventory(ledger.redis).host("n2").cluster == ""
    with pytest.raises(JobNotFound):
        ledger.job("j2")


def test_a_finished_job_refuses_what_its_table_does_not_allow(ledger):
    add(ledger, steps=1)
    run(ledger, 0)

    for ask in (ledger.cancel, ledger.retry, ledger.rollback):
        with pytest.raises(IllegalTransition, match="to a job that is succeeded"):
            ask("j1")


def test_the_stamp_changes_with_whatever_a_jobs_picture_shows(ledger):
    for name in ("j1", "j2", "j3"):
        add(ledger, name)
    lease, _ = claim(ledger, 0)
    seen = {"members": [{"host": "n1", "role": "voter", "alive": True}], "nodes": []}
    acts = {
        "a host of its own step": lambda: ledger.host(lease, "n1", {"status": "done"}),
        "an observation by the job before it": lambda: ledger.observe(lease, seen),
        "a retry that is due later": lambda: ledger.failed(lease, {"message": "no"}, 60),
        "a place further on in the queue": lambda: ledger.cancel("j2"),
        "another holder of the cluster": lambda: ledger.cancel("j1"),
    }
    moved = dict.fromkeys(("j1", "j3"), 0)

    for what, act in acts.items():
        before = {job: (job_document(ledger.job(job)), ledger.stamp(job)) for job in moved}
        act()
        for job, (picture, stamp) in before.items():
            if job_document(ledger.job(job)) != picture:
                moved[job] += 1
                assert ledger.stamp(job) != stamp, f"{what}: {job}"

    assert moved["j1"] >= 4
    assert moved["j3"] >= 2
    with pytest.raises(JobNotFound, match="cannot find job j9"):
        ledger.stamp("j9")


def test_jobs_are_listed_newest_first_by_cluster_and_status(ledger):
    add(ledger, steps=1)
    run(ledger, 0)
    add(ledger, "j2", cluster="lab", hosts=("n2",))

    assert [job.id for job in ledger.jobs()][-1] in {"j1", "j2"}
    assert [job.id for job in ledger.jobs(cluster="lab")] == ["j2"]
    assert [job.id for job in ledger.jobs(status="succeeded")] == ["j1"]
    assert ledger.jobs(limit=1, before=ledger.jobs(limit=1)[0].id) == ledger.jobs()[1:]


def test_the_common_stream_tells_of_every_job(ledger):
    last, _ = ledger.tail_global("$", 1)
    add(ledger)

    _, heard = ledger.tail_global(last, 1000)

    assert [(event.job, event.type) for event in heard] == [
        ("j1", "job.accepted"),
        ("j1", "job.started"),
    ]
