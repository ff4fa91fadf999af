"""A node is taken out of its cluster, and a cluster is looked at, whatever it is like."""

import pytest
from steps import StepFailed, Steps, effects
from variants import first_of

from lab import Lab

CHANNEL = "1.32/stable"
OURS = {"installation": "first", "cluster": "prod", "job": "job-a"}
LATER_JOB = OURS | {"job": "job-b"}
LOOK = {"control_plane": ["n1"], "workers": ["n2"]}


@pytest.fixture
def cluster(steps: Steps) -> Steps:
    """A seed and one worker, of one job; what follows is another job's."""
    steps.mark = OURS
    steps.apply("install_microk8s", hosts=["n1", "n2"], channel=CHANNEL)
    steps.apply("join_workers", seed="n1", hosts=["n2"])
    steps.mark = LATER_JOB
    return steps


def listed(lab: Lab) -> str:
    return lab.exec("n1", "/snap/bin/microk8s kubectl get nodes --no-headers").stdout


def test_a_node_of_the_cluster_is_taken_out_whichever_job_joined_it(
    lab: Lab, cluster: Steps
) -> None:
    for _ in range(2):
        cluster.apply("leave_cluster", seed="n1", host="n2")

        assert "n2" not in listed(lab)
    assert lab.exec("n2", "snap list microk8s").returncode == 0


@pytest.mark.parametrize("part", first_of(["installation", "cluster"]))
def test_a_node_of_another_cluster_stays(lab: Lab, cluster: Steps, part: str) -> None:
    cluster.mark = LATER_JOB | {part: "other"}

    with pytest.raises(StepFailed, match="cannot leave") as caught:
        cluster.apply("leave_cluster", seed="n1", host="n2")

    assert caught.value.kind == "Permanent"
    assert "n2" in listed(lab)


def test_a_lost_host_is_taken_out_by_its_seed_as_often_as_that_is_asked(
    lab: Lab, cluster: Steps
) -> None:
    cluster.mark, cluster.lost = OURS, ["n2", "n3"]  # n2 answers, and must not be asked

    for _ in range(2):
        cluster.apply("remove_lost", seed="n1", hosts=["n2", "n3"])

        assert "n2" not in listed(lab)
    assert effects(lab, "n2", "left") == []
    done = {host for host, status, *_ in cluster.last["reports"] if status == "done"}
    assert done == {"n2", "n3"}


def test_a_lost_host_that_another_job_joined_is_not_taken_out(lab: Lab, cluster: Steps) -> None:
    cluster.lost = ["n2"]

    cluster.apply("remove_lost", seed="n1", hosts=["n2"])

    assert "n2" in listed(lab)


def test_a_look_tells_what_is_there_and_what_is_not(cluster: Steps) -> None:
    seen = cluster.apply("observe", **LOOK | {"workers": ["n2", "n3"]})["observation"]

    assert [row["host"] for row in seen["nodes"]] == ["n1", "n2"]
    assert seen["seen_by"] == ["n1"]
    assert [(row["code"], row["host"]) for row in seen["findings"]] == [("missing-node", "n3")]


@pytest.mark.slow  # silence is waited for
def test_a_look_that_nobody_answers_is_a_view_with_a_finding(lab: Lab, cluster: Steps) -> None:
    lab.kill("n1")

    try:
        seen = cluster.apply("observe", **LOOK)["observation"]
    finally:
        lab.boot("n1")

    assert (seen["has_leader"], seen["members"], seen["nodes"]) == (False, [], None)
    assert [row["code"] for row in seen["findings"]] == ["nobody-answers"]


DEAD = {"seed": "n1", "host": "n2"}
LONG_SILENT = "touch -d '5 minutes ago' /lab/world/clusters/*/leases/n2"
"""Makes the lease of a node whose host is down older than waiting would make it."""


def test_a_node_whose_host_is_dead_is_taken_out_as_often_as_that_is_asked(
    lab: Lab, cluster: Steps
) -> None:
    lab.kill("n2")

    try:
        lab.exec("n1", LONG_SILENT)
        for _ in range(2):
            seen = cluster.apply("remove_dead_node", **DEAD)["observation"]

            assert "n2" not in listed(lab)
    finally:
        lab.boot("n2")
    assert [row["host"] for row in seen["nodes"]] == ["n1"]


def test_a_node_that_shows_a_sign_of_life_is_not_taken_out_as_dead(
    lab: Lab, cluster: Steps
) -> None:
    with pytest.raises(StepFailed, match=r"n2 is no dead node: its kubelet was heard of") as caught:
        cluster.apply("remove_dead_node", **DEAD)

    assert caught.value.kind == "NotYet"
    assert "n2" in listed(lab)


def test_a_dead_node_of_another_cluster_stays(lab: Lab, cluster: Steps) -> None:
    cluster.mark = LATER_JOB | {"cluster": "other"}
    lab.kill("n2")

    try:
        lab.exec("n1", LONG_SILENT)
        with pytest.raises(
            StepFailed, match="cannot remove n2: n1: cannot remove a node"
        ) as caught:
            cluster.apply("remove_dead_node", **DEAD)
    finally:
        lab.boot("n2")

    assert caught.value.kind == "Permanent"
    assert "n2" in listed(lab)
