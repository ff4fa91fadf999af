"""A job goes on without hosts that are lost for good, on the real ledger."""

import pytest
from acting_worker import ERROR
from going_on import KEY, looked, owners, seen, story

from cluster.spec import Host
from workflows.going_without import HostNeeded, NotLeftOut, retry
from workflows.ledger.claims import Wait
from workflows.ledger.ledger import Ledger
from workflows.ledger.refusals import Overtaken
from workflows.plan import Refused
from workflows.states import JobStatus

WORKERS = {"workers": ["n4", "n5"]}


@pytest.fixture
def prod(worker):
    """A cluster of one node that has been formed."""
    worker.do(worker.ask("create-cluster", {"control_plane": ["n1"]}))


@pytest.fixture
def go_on(ledger, inventory):
    return lambda job, *lost, **more: retry(ledger, inventory, job, without=lost, **more)


def test_what_is_done_stays_and_the_rest_is_done_without_the_lost_host(
    worker, ledger, inventory, prod, go_on
):
    job = worker.ask("add-nodes", WORKERS)
    worker.fail(job, "install_microk8s", done=("n4",))

    retried = go_on(job, "n5")

    assert (retried.without, dict(retried.params)) == (
        {"n5"},
        {"control_plane": [], "workers": ["n4"]},
    )
    assert story(ledger, job) == [
        ("observe", "n1", "pending"),
        ("preflight", "n1 n4 n5", "done"),
        ("prepare_hosts", "n1 n4 n5", "done"),
        ("install_microk8s", "n4", "pending"),
        ("join_workers", "n4", "pending"),
        ("verify_quorum", "n1 n4", "pending"),
    ]
    assert set(retried.steps[3].hosts) == {"n4"}
    assert list(inventory.cluster("prod").coming) == ["n4"]
    worker.do(job)
    assert ledger.job(job).status is JobStatus.SUCCEEDED
    assert set(inventory.cluster("prod").whole) == {"n1", "n4"}
    assert owners(inventory) == {"n1": ("prod", ""), "n4": ("prod", "")}


def test_a_lost_host_is_nobody_elses_before_the_job_is_at_its_end(worker, inventory, prod, go_on):
    job = worker.ask("add-nodes", WORKERS)
    worker.fail(job, "install_microk8s")
    go_on(job, "n5")

    assert owners(inventory)["n5"] == ("prod", job)


def test_a_join_that_has_begun_is_taken_back_before_the_next_begins(
    worker, ledger, inventory, prod, go_on
):
    job = worker.ask("add-nodes", {"control_plane": ["n2", "n3"], **WORKERS})
    worker.fail(job, "join_control_plane")

    go_on(job, "n2")

    assert story(ledger, job)[4:] == [
        ("join_control_plane", "n2", "left-out"),
        ("remove_lost", "n2 n1", "pending"),
        ("join_control_plane", "n3", "pending"),
        ("join_workers", "n4 n5", "pending"),
        ("verify_quorum", "n1 n3 n4 n5", "pending"),
    ]
    rows = ledger.job(job).plan["steps"]
    assert (rows[5]["guard"]["operation"], rows[5]["guard"]["hosts"]) == ("remove", ["n2"])
    assert rows[6]["args"] == {"seed": "n1", "host": "n3", "expected_members": 2}
    assert rows[6]["guard"]["control_plane"] == ["n1"]
    assert (rows[8]["args"]["voters"], rows[8]["quorum"]["members"]) == (1, 2)
    worker.do(job)
    assert ledger.job(job).status is JobStatus.SUCCEEDED
    assert set(inventory.cluster("prod").nodes) == {"n1", "n3", "n4", "n5"}


def test_one_of_several_that_join_at_once_is_left_out_of_the_step_that_failed(
    worker, ledger, inventory, prod, go_on
):
    job = worker.ask("add-nodes", WORKERS)
    worker.fail(job, "join_workers", done=("n4",))
    attempt = ledger.job(job).steps[4].attempt

    retried = go_on(job, "n5")

    assert story(ledger, job)[4:] == [
        ("join_workers", "n4", "pending"),
        ("remove_lost", "n5 n1", "pending"),
        ("verify_quorum", "n1 n4", "pending"),
    ]
    assert (retried.steps[4].attempt, retried.steps[4].hosts_done) == (attempt, {"n4"})
    worker.do(job)
    assert set(inventory.cluster("prod").nodes) == {"n1", "n4"}


def test_nodes_that_joined_before_stay_in_the_numbers(worker, ledger, prod, go_on):
    job = worker.ask("add-nodes", {"control_plane": ["n2", "n3"], **WORKERS})
    worker.fail(job, "join_workers")

    go_on(job, "n5")

    rows = ledger.job(job).plan["steps"]
    assert story(ledger, job)[4:] == [
        ("join_control_plane", "n2", "done"),
        ("join_control_plane", "n3", "done"),
        ("join_workers", "n4", "pending"),
        ("remove_lost", "n5 n1", "pending"),
        ("verify_quorum", "n1 n2 n3 n4", "pending"),
    ]
    assert rows[8]["args"]["voters"] == 3
    assert rows[7]["guard"] is None


def test_a_second_host_may_be_lost_after_the_first(worker, ledger, inventory, prod, go_on):
    job = worker.ask("add-nodes", {"workers": ["n4", "n5", "n6"]})
    worker.fail(job, "join_workers")
    go_on(job, "n5")
    worker.fail(job, "join_workers")

    retried = go_on(job, "n6")

    assert retried.without == {"n5", "n6"}
    assert story(ledger, job)[4:] == [
        ("join_workers", "n4", "pending"),
        ("remove_lost", "n6 n5 n1", "pending"),
        ("verify_quorum", "n1 n4", "pending"),
    ]
    worker.do(job)
    assert owners(inventory) == {"n1": ("prod", ""), "n4": ("prod", "")}


def test_a_step_that_was_left_out_stays_so_in_later_retries(worker, ledger, prod, go_on):
    job = worker.ask("add-nodes", {"control_plane": ["n2", "n3"]})
    worker.fail(job, "join_control_plane")
    go_on(job, "n2")
    worker.fail(job, "join_control_plane")
    assert ledger.job(job).error["index"] == 6

    go_on(job)

    assert story(ledger, job)[4:7] == [
        ("join_control_plane", "n2", "left-out"),
        ("remove_lost", "n2 n1", "done"),
        ("join_control_plane", "n3", "pending"),
    ]


def test_a_rollback_afterwards_still_knows_that_the_host_is_lost_and_undoes_what_was_left_out(
    worker, ledger, inventory, prod, go_on
):
    job = worker.ask("add-nodes", {"control_plane": ["n2", "n3"]})
    worker.fail(job, "join_control_plane")
    go_on(job, "n2")
    worker.fail(job, "verify_quorum")

    ledger.rollback(job)
    undone = list(ledger.tail(job).indexes)
    worker.do(job)

    assert undone == [5, 4, 7, 6, 3, 2, 1]  # what was for the lost host comes first
    end = ledger.job(job)
    assert (end.status, end.without) == (JobStatus.ROLLED_BACK, {"n2"})
    assert owners(inventory) == {"n1": ("prod", "")}
    assert set(inventory.cluster("prod").whole) == {"n1"}


def test_a_rollback_takes_a_lost_host_out_before_others_leave(worker, ledger, inventory, prod):
    job = worker.ask("add-nodes", {"control_plane": ["n2", "n3"], "workers": ["n4"]})
    worker.fail(job, "verify_quorum")
    names = [name for name, *_ in story(ledger, job)]
    assert names[4:] == ["join_control_plane"] * 2 + ["join_workers", "verify_quorum"]

    ledger.rollback(job, without=["n2"])

    assert list(ledger.tail(job).indexes) == [4, 7, 6, 5, 3, 2, 1]
    worker.do(job)
    assert owners(inventory) == {"n1": ("prod", "")}
    assert set(inventory.cluster("prod").whole) == {"n1"}


def test_a_rollback_that_is_stuck_goes_on_without_one_more_host_and_takes_both_out_first(
    worker, ledger, prod
):
    job = worker.ask("add-nodes", {"control_plane": ["n2", "n3"], "workers": ["n4"]})
    worker.fail(job, "verify_quorum")
    ledger.rollback(job, without=["n2"])
    lease, _ = worker.begin(job)
    ledger.failed(lease, ERROR, None)

    ledger.rollback(job, without=["n2", "n4"])

    assert list(ledger.tail(job).indexes) == [6, 4, 7, 5, 3, 2, 1]


def test_a_job_that_had_not_begun_is_planned_whole_without_the_host(
    worker, ledger, inventory, prod, go_on
):
    job = worker.ask("add-nodes", WORKERS)
    ledger.cancel(job)

    go_on(job, "n5")

    assert owners(inventory) == {"n1": ("prod", ""), "n4": ("prod", job)}
    assert [hosts for _, hosts, _ in story(ledger, job)] == [
        *("n1", "n1 n4", "n1 n4", "n4", "n4", "n1 n4"),
    ]


def test_a_host_that_another_has_taken_meanwhile_is_left_out_all_the_same(
    worker, ledger, inventory, prod, go_on
):
    job = worker.ask("add-nodes", WORKERS)
    ledger.cancel(job)
    inventory.redis.hset("cw:host:n5", mapping={"cluster": "dev", "reserved_by": ""})

    go_on(job, "n5")
    worker.do(job)

    assert ledger.job(job).status is JobStatus.SUCCEEDED
    assert owners(inventory)["n5"] == ("dev", "")


def test_a_plan_made_anew_does_not_bring_the_host_back(worker, ledger, inventory, prod, go_on):
    job = worker.ask("add-nodes", WORKERS)
    ledger.cancel(job)
    go_on(job, "n5")
    inventory.put_host(Host("n4", "10.0.0.4", KEY, labels={"disk": "ssd"}))

    worker.do(job)

    assert "label_nodes" in [name for name, _, _ in story(ledger, job)]
    assert set(inventory.cluster("prod").nodes) == {"n1", "n4"}


def test_a_cluster_is_formed_without_a_worker_that_died_and_its_labels(
    worker, ledger, inventory, go_on
):
    labels = {"n4": {"disk": "ssd"}, "n5": {"disk": "ssd"}}
    job = worker.ask("create-cluster", {"control_plane": ["n1"], **WORKERS, "labels": labels})
    worker.fail(job, "join_workers", done=("n4",))

    go_on(job, "n5")
    worker.do(job)

    cluster = inventory.cluster("prod")
    assert (cluster.phase, set(cluster.whole)) == ("formed", {"n1", "n4"})
    assert dict(cluster.nodes["n4"].labels) == {"disk": "ssd"}
    assert cluster.made_by == job


def test_the_seed_of_a_cluster_may_be_lost_before_it_is_a_node(worker, ledger, inventory, go_on):
    hosts = ["n1", "n2", "n3", "n4"]
    job = worker.ask("create-cluster", {"control_plane": hosts, "environment": "prod"})
    worker.fail(job, "install_microk8s")

    go_on(job, "n1")
    worker.do(job)

    assert list(inventory.cluster("prod").nodes) == ["n2", "n3", "n4"]
    assert ledger.job(job).plan["quorum_after"]["voters"] == 3


def test_a_node_is_not_left_out_and_the_way_out_is_told(worker, ledger, prod, go_on):
    job = worker.ask("add-nodes", {"control_plane": ["n2", "n3"]})
    worker.fail(job, "verify_quorum")
    before = ledger.job(job)

    with pytest.raises(HostNeeded, match="without n2: it is a node of cluster prod") as refused:
        go_on(job, "n2")

    assert [(row.action, row.arguments.get("without")) for row in refused.value.actions] == [
        ("rollback-job-without", "n2"),
        ("show-job", None),
    ]
    assert ledger.job(job) == before


@pytest.mark.parametrize(
    ("params", "lost", "reason"),
    [
        (WORKERS, ("n4", "n5"), "cannot add nobody"),
        (WORKERS, ("n6",), "the change does not name it"),
    ],
)
def test_what_is_no_change_without_the_hosts_is_refused(
    worker, ledger, prod, go_on, params, lost, reason
):
    job = worker.ask("add-nodes", params)
    worker.fail(job, "install_microk8s")
    before = ledger.job(job)

    with pytest.raises(NotLeftOut, match=reason):
        go_on(job, *lost)

    assert ledger.job(job) == before


def test_what_planning_finds_of_the_rest_refuses_it_unless_it_is_accepted(worker, ledger, go_on):
    params = {"control_plane": ["n1", "n2", "n3"], "topology": "ha", "environment": "prod"}
    job = worker.ask("create-cluster", params)
    worker.fail(job, "install_microk8s")

    with pytest.raises(Refused, match="2 control plane nodes"):
        go_on(job, "n3")

    assert ledger.job(job).status is JobStatus.FAILED


def test_a_dead_member_that_is_to_be_taken_out_does_not_keep_the_job_from_going_on(
    worker, ledger, inventory, prod, go_on
):
    job = worker.ask("add-nodes", {"control_plane": ["n2", "n3"]})
    worker.fail(job, "join_control_plane")
    look = worker.ask("verify", {})
    lease, _ = worker.begin(look)
    ledger.observe(lease, seen("n1", "10.0.0.2"))
    ledger.done(lease, {})

    go_on(job, "n2")

    assert story(ledger, job)[5] == ("remove_lost", "n2 n1", "pending")


def test_another_member_that_was_seen_dead_keeps_it_from_going_on(
    worker, ledger, inventory, prod, go_on
):
    job = worker.ask("add-nodes", WORKERS)
    worker.fail(job, "install_microk8s")
    looked(ledger, "prod", seen("n1", "10.0.0.9"))

    with pytest.raises(Refused, match=r"10\.0\.0\.9:19001 is a member of cluster prod"):
        go_on(job, "n5")


def test_a_job_whose_step_waits_is_cancelled_before_a_host_of_it_is_given_up(
    worker, ledger, prod, go_on
):
    job = worker.ask("add-nodes", WORKERS)
    worker.do(job, until="join_workers")
    lease, _ = worker.begin(job)
    ledger.deferred(lease, Wait("n5 not Ready", 60.0), 300.0)
    with pytest.raises(HostNeeded, match="cancel the job, then retry"):
        go_on(job, "n5")

    ledger.cancel(job)
    go_on(job, "n5")

    assert story(ledger, job)[4:6] == [
        ("join_workers", "n4", "pending"),
        ("remove_lost", "n5 n1", "pending"),
    ]


def test_an_approved_plan_is_carried_out_whole_or_not_at_all(worker, ledger, prod, go_on):
    job = worker.ask("add-nodes", WORKERS, approve_within=1)
    ledger.approve(job)
    worker.fail(job, "install_microk8s")

    with pytest.raises(HostNeeded, match="somebody approved its very plan"):
        go_on(job, "n5")


def test_a_job_that_nobody_has_approved_yet_asks_for_that_with_the_narrower_plan(
    worker, ledger, inventory, prod, go_on
):
    job = worker.ask("add-nodes", WORKERS, approve_within=1)
    ledger.cancel(job)

    retried = go_on(job, "n5")

    assert retried.status is JobStatus.AWAITING_APPROVAL
    ledger.approve(job, retried.plan["digest"])
    worker.do(job)
    assert set(inventory.cluster("prod").nodes) == {"n1", "n4"}


def test_a_job_that_was_overtaken_does_not_go_on_without_a_host_either(worker, ledger, prod, go_on):
    job = worker.ask("add-nodes", WORKERS)
    worker.fail(job, "install_microk8s")
    worker.do(worker.ask("label-nodes", {"labels": {"n1": {"a": "b"}}}))

    with pytest.raises(Overtaken):
        go_on(job, "n5")


def test_a_plan_of_what_remains_is_made_again_where_the_job_moved_meanwhile(
    worker, ledger, inventory, prod
):
    job = worker.ask("add-nodes", WORKERS)
    worker.fail(job, "install_microk8s")

    class Late(Ledger):
        """Somebody else retries the job, and it fails further on, before the first answer."""

        def retry(self, job_id, **arguments):
            if not late:
                late.append(job_id)
                ledger.retry(job_id)
                worker.fail(job_id, "join_workers", done=("n4",))
            return super().retry(job_id, **arguments)

    late = []
    retried = retry(Late(ledger.redis), inventory, job, without=["n5"])

    assert retried.without == {"n5"}
    assert story(ledger, job)[3:6] == [
        ("install_microk8s", "n4 n5", "done"),
        ("join_workers", "n4", "pending"),
        ("remove_lost", "n5 n1", "pending"),
    ]
    assert retried.steps[4].hosts_done == {"n4"}


def test_the_very_change_without_the_host_finds_the_job_that_carries_it_out(
    worker, ledger, prod, go_on
):
    job = worker.ask("add-nodes", WORKERS)
    worker.fail(job, "install_microk8s")
    go_on(job, "n5")

    assert worker.ask("add-nodes", {"workers": ["n4"]}) == job
