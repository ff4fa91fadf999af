"""A job that has begun looks again when it is retried, and plans what has not begun on that."""

import pytest
from going_on import KEY, looked, owners, seen, seen_leading, story

from cluster.spec import Host
from workflows.going_without import retry
from workflows.ledger.ledger import Ledger
from workflows.replanning import replan
from workflows.states import JobStatus

NODES = {"control_plane": ["n1", "n2", "n3"]}
WORKERS = {"workers": ["n4", "n5"]}
SILENT = "10.0.0.9"


@pytest.fixture
def prod(worker):
    """A cluster of three control plane nodes that has been formed."""
    worker.do(worker.ask("create-cluster", NODES))


def look_again(worker, ledger, job):
    """Retry a job, and let it look at its cluster; what comes next is not begun."""
    ledger.retry(job)
    lease, step = worker.begin(job)
    assert step["name"] == "observe"
    assert ledger.done(lease, {})


def event_data(ledger, job, kind):
    return [event.data for event in ledger.events(job) if event.type == kind]


def test_a_node_that_leads_by_now_is_taken_out_last(worker, ledger, prod):
    looked(ledger, "prod", seen_leading("n1", "n2", "n3"))
    job = worker.ask("destroy-cluster", {"confirm": "prod"})
    worker.do(job, until="leave_cluster")
    ledger.cancel(job)
    looked(ledger, "prod", seen_leading("n3", "n1", "n2"))

    ledger.retry(job)
    worker.do(job, until="remove_microk8s")

    assert story(ledger, job) == [
        ("observe", "n1 n2 n3", "done"),
        ("begin_destroying", "", "done"),
        ("leave_cluster", "n2 n3", "done"),
        ("leave_cluster", "n1 n3", "done"),
        ("remove_microk8s", "n1 n2 n3", "pending"),
    ]
    (event,) = event_data(ledger, job, "job.replanned")
    assert "it does take n1 out of cluster prod as well" in event["difference"]


def test_what_was_done_is_not_done_again_by_the_new_plan(worker, ledger, inventory, prod):
    job = worker.ask("add-nodes", WORKERS)
    worker.fail(job, "join_workers", done=("n4",))
    inventory.put_host(Host("n4", "10.0.0.4", KEY, labels={"disk": "ssd"}))
    before = ledger.job(job).steps

    ledger.retry(job)
    worker.do(job, until="join_workers")
    worker.claim(job)

    assert story(ledger, job)[1:] == [
        ("preflight", "n1 n2 n3 n4 n5", "done"),
        ("prepare_hosts", "n1 n2 n3 n4 n5", "done"),
        ("install_microk8s", "n4 n5", "done"),
        ("join_workers", "n4 n5", "pending"),
        ("label_nodes", "n4", "pending"),
        ("verify_quorum", "n1 n2 n3 n4 n5", "pending"),
    ]
    after = ledger.job(job).steps
    assert [step.attempt for step in after[1:5]] == [step.attempt for step in before[1:5]]
    assert after[4].hosts_done == {"n4"}
    worker.do(job)
    assert ledger.job(job).status is JobStatus.SUCCEEDED
    assert dict(inventory.cluster("prod").nodes["n4"].labels) == {"disk": "ssd"}


def test_where_all_is_as_it_was_the_job_goes_on_with_its_plan(worker, ledger, prod):
    job = worker.ask("add-nodes", WORKERS)
    worker.fail(job, "join_workers")
    plan = ledger.job(job).plan

    ledger.retry(job)
    worker.do(job)

    assert ledger.job(job).plan == plan
    assert not event_data(ledger, job, "job.replanned")


def test_what_a_look_finds_against_the_rest_ends_the_job_before_it_goes_on(
    worker, ledger, inventory, prod
):
    job = worker.ask("add-nodes", WORKERS)
    worker.fail(job, "join_workers")
    held = owners(inventory)
    looked(ledger, "prod", seen("n1", SILENT))

    look_again(worker, ledger, job)
    lease = worker.claim(job)

    assert lease is None
    end = ledger.job(job)
    assert end.status is JobStatus.FAILED
    assert [row["code"] for row in end.error["findings"]] == ["dead-member-listed"]
    assert "with a part of it done" in end.error["message"]
    assert owners(inventory) == held
    assert {"retry", "rollback"} <= set(end.can)


def test_it_goes_on_once_that_is_mended(worker, ledger, inventory, prod):
    job = worker.ask("add-nodes", WORKERS)
    worker.fail(job, "join_workers")
    looked(ledger, "prod", seen("n1", SILENT))
    look_again(worker, ledger, job)
    worker.claim(job)
    looked(ledger, "prod", seen_leading("n1", "n2", "n3"))

    ledger.retry(job)
    worker.do(job)

    assert ledger.job(job).status is JobStatus.SUCCEEDED
    assert set(inventory.cluster("prod").whole) == {"n1", "n2", "n3", "n4", "n5"}


def test_a_change_that_says_so_is_rolled_back_by_what_a_look_finds(worker, ledger, prod):
    job = worker.ask("add-nodes", WORKERS, on_failure="rollback")
    worker.do(job, until="join_workers")
    ledger.cancel(job)
    looked(ledger, "prod", seen("n1", SILENT))

    look_again(worker, ledger, job)
    worker.claim(job)

    assert ledger.job(job).status is JobStatus.ROLLING_BACK


def test_a_member_that_the_job_itself_began_to_join_is_nobody_who_stands_in_its_way(
    worker, ledger, inventory, prod
):
    job = worker.ask("add-nodes", {"control_plane": ["n4"]})
    worker.fail(job, "join_control_plane")
    looked(ledger, "prod", seen("n1", "10.0.0.4"))

    ledger.retry(job)
    worker.do(job)

    assert ledger.job(job).status is JobStatus.SUCCEEDED
    assert "n4" in inventory.cluster("prod").whole


def test_a_plan_that_somebody_agreed_to_stays_what_it_is(worker, ledger, inventory, prod):
    job = worker.ask("add-nodes", WORKERS, approve_within=1)
    ledger.approve(job)
    worker.fail(job, "join_workers")
    inventory.put_host(Host("n4", "10.0.0.4", KEY, labels={"disk": "ssd"}))

    ledger.retry(job)
    worker.do(job)

    assert "label_nodes" not in [name for name, *_ in story(ledger, job)]
    assert ledger.job(job).status is JobStatus.SUCCEEDED


def test_what_a_look_finds_ends_also_a_job_whose_plan_somebody_agreed_to(worker, ledger, prod):
    job = worker.ask("add-nodes", WORKERS, approve_within=1)
    ledger.approve(job)
    worker.fail(job, "join_workers")
    looked(ledger, "prod", seen("n1", SILENT))

    look_again(worker, ledger, job)
    worker.claim(job)

    assert ledger.job(job).status is JobStatus.FAILED


def test_a_step_that_has_begun_otherwise_is_ended_as_it_was_planned(worker, ledger, prod):
    looked(ledger, "prod", seen_leading("n1", "n2", "n3"))
    job = worker.ask("destroy-cluster", {"confirm": "prod"})
    worker.fail(job, "leave_cluster")
    assert story(ledger, job)[2] == ("leave_cluster", "n3 n1", "failed")
    looked(ledger, "prod", seen_leading("n3", "n1", "n2"))
    plan = ledger.job(job).plan

    ledger.retry(job)
    worker.do(job, until="remove_microk8s")

    assert ledger.job(job).plan == plan


def test_lost_hosts_are_taken_out_once(worker, ledger, inventory, prod):
    job = worker.ask("add-nodes", WORKERS)
    worker.fail(job, "join_workers", done=("n4",))
    retry(ledger, inventory, job, without=["n5"])
    worker.fail(job, "verify_quorum")

    ledger.retry(job)
    worker.do(job)

    assert [name for name, *_ in story(ledger, job)].count("remove_lost") == 1
    assert not event_data(ledger, job, "job.replanned")
    assert ledger.job(job).status is JobStatus.SUCCEEDED


def test_a_plan_of_what_the_job_was_before_is_not_written_over_what_has_begun(
    worker, ledger, inventory, prod
):
    job = worker.ask("add-nodes", WORKERS)
    worker.do(job, until="join_workers")
    ledger.cancel(job)
    look_again(worker, ledger, job)
    inventory.put_host(Host("n4", "10.0.0.4", KEY, labels={"disk": "ssd"}))

    class Late(Ledger):
        """While it plans, the labels are taken back, and another begins the step as it was."""

        def replan(self, *planned):
            inventory.put_host(Host("n4", "10.0.0.4", KEY))
            worker.begin(job)
            return super().replan(*planned)

    assert not replan(Late(ledger.redis), inventory, job)

    assert ("join_workers", "n4 n5", "running") in story(ledger, job)
    assert "label_nodes" not in [name for name, *_ in story(ledger, job)]
