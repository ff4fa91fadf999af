"""A node is cordoned, drained and uncordoned; what keeps its pods there is named."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from steps import StepFailed, Steps, effects

from lab import Lab

KUBECTL = "/snap/bin/microk8s kubectl"
OURS = {"installation": "first", "cluster": "prod", "job": "job-a"}
NODE = {"seed": "n1", "host": "n2"}
SELECTOR = {"matchLabels": {"app": "shop"}}
SHOP = {
    "kind": "Deployment",
    "metadata": {"name": "shop", "namespace": "default"},
    "spec": {"replicas": 2, "selector": SELECTOR},
}


@pytest.fixture(scope="module")
def saved(steps_lab: Lab, step_process: Steps) -> str:
    """Save a seed and one worker, each with a pod of a workload; return the name of that."""
    steps_lab.heal()
    steps_lab.reset()
    step_process.mark = OURS
    step_process.apply("install_microk8s", hosts=["n1", "n2"], channel="1.32/stable")
    step_process.apply("join_workers", seed="n1", hosts=["n2"])
    put(steps_lab, SHOP)
    steps_lab.save("two-with-pods")
    return "two-with-pods"


@pytest.fixture
def cluster(saved: str, steps_lab: Lab, steps: Steps) -> Iterator[Steps]:
    """The saved cluster as it was, for the job that made it."""
    steps_lab.restore(saved)
    steps.mark = OURS
    yield steps
    steps_lab.clear_fault("n1")


def put(lab: Lab, item: dict[str, Any]) -> None:
    done = lab.exec("n1", f"echo '{json.dumps(item)}' | {KUBECTL} apply -f -")
    assert done.returncode == 0, done.stderr


def is_cordoned(lab: Lab) -> bool:
    return "SchedulingDisabled" in lab.exec("n1", f"{KUBECTL} get node n2 --no-headers").stdout


def pods(lab: Lab) -> dict[str, str]:
    """Return the node of each pod of the workloads in the namespace ``default``."""
    rows = json.loads(lab.exec("n1", f"{KUBECTL} get pods -o json").stdout)["items"]
    return {row["metadata"]["name"]: row["spec"].get("nodeName", "") for row in rows}


def test_a_node_is_emptied_and_takes_pods_again_and_each_step_may_come_twice(
    lab: Lab, cluster: Steps
) -> None:
    assert pods(lab) == {"shop-0": "n1", "shop-1": "n2"}

    for _ in range(2):
        cluster.apply("cordon_node", **NODE)
        assert is_cordoned(lab)
    stayed = pods(lab)
    for _ in range(2):
        cluster.apply("drain_node", **NODE)
    left = pods(lab)
    for _ in range(2):
        cluster.apply("uncordon_node", **NODE)
        assert not is_cordoned(lab)

    assert stayed == {"shop-0": "n1", "shop-1": "n2"}
    assert left == {"shop-0": "n1", "shop-1": "n1"}
    assert "calico-node" in lab.exec("n1", f"{KUBECTL} get pods -A -o wide").stdout
    assert len(effects(lab, "n1", "drained")) == 1  # the second look had nothing to evict
    note = lab.exec("n1", f"{KUBECTL} get node n2 -o json").stdout
    assert "clusterwright.io" not in note


def test_a_node_that_somebody_else_had_cordoned_stays_so(lab: Lab, cluster: Steps) -> None:
    lab.exec("n1", f"{KUBECTL} cordon n2")
    cluster.apply("cordon_node", **NODE)

    cluster.apply("uncordon_node", **NODE)
    cluster.undo("cordon_node", **NODE)

    assert is_cordoned(lab)
    assert cluster.last["reports"][-1][3] == "kept: somebody else cordoned it"


def test_a_rollback_uncordons_what_its_own_job_cordoned_alone(lab: Lab, cluster: Steps) -> None:
    cluster.apply("cordon_node", **NODE)

    cluster.mark = OURS | {"job": "job-b"}
    cluster.undo("cordon_node", **NODE)
    kept = is_cordoned(lab)
    cluster.mark = OURS
    cluster.undo("cordon_node", **NODE)

    assert kept
    assert not is_cordoned(lab)


def test_pods_that_a_budget_keeps_are_waited_for_and_named_with_it(
    lab: Lab, cluster: Steps
) -> None:
    lab.add_fault("n1", {"match": "microk8s kubectl drain", "action": "pdb-blocks-drain"})
    cluster.apply("cordon_node", **NODE)

    with pytest.raises(StepFailed) as caught:
        cluster.apply("drain_node", **NODE)

    assert caught.value.kind == "NotYet"
    assert caught.value.message == (
        "n2 has 1 pod still: default/app-1 (budget default/app lets none go)"
    )
    assert "describe pdb -n default app (on n1)" in caught.value.answer["error"]["advice"]
    assert pods(lab)["shop-1"] == "n1"  # whatever no budget keeps has gone
    lab.clear_fault("n1")
    cluster.look_again("drain_node", **NODE)


def test_a_pod_that_nothing_makes_anew_keeps_every_pod_where_it_is(
    lab: Lab, cluster: Steps
) -> None:
    put(lab, {"kind": "Pod", "metadata": {"name": "own"}, "spec": {"nodeName": "n2"}})
    cluster.apply("cordon_node", **NODE)

    with pytest.raises(StepFailed, match="cannot drain n2: default/own has no controller") as err:
        cluster.apply("drain_node", **NODE)

    assert err.value.kind == "Permanent"
    assert pods(lab) == {"own": "n2", "shop-0": "n1", "shop-1": "n2"}
    command = err.value.answer["error"]["advice"].partition(": ")[2].partition(" (on")[0]
    lab.exec("n1", f"/snap/bin/{command}")
    cluster.apply("drain_node", **NODE)


def test_a_node_that_takes_pods_still_is_not_drained(lab: Lab, cluster: Steps) -> None:
    with pytest.raises(StepFailed, match="cannot drain n2: node n2 is not cordoned") as caught:
        cluster.apply("drain_node", **NODE)

    assert caught.value.kind == "Permanent"
    assert pods(lab)["shop-1"] == "n2"


def test_a_host_that_is_no_node_needs_none_of_it(cluster: Steps) -> None:
    for step in ("cordon_node", "drain_node", "uncordon_node"):
        cluster.apply(step, seed="n1", host="n3")

        assert ("n3", "done", "", "is no node") in map(tuple, cluster.last["reports"])
