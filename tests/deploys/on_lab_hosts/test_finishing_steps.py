"""Labels, taints, addons and the verification on a real, small cluster."""

import json
from typing import Any

import pytest
from steps import StepFailed, Steps, effects

from lab import Lab

TAINT = "node-role.kubernetes.io/control-plane=:NoSchedule"
MARKS = {
    "seed": "n1",
    "labels": {"n1": {"zone": "a"}, "n2": {"zone": "b", "disk": "ssd"}},
    "taints": {"n1": [TAINT]},
}
ADDONS = {"seed": "n1", "addons": ["metallb:10.79.0.200-10.79.0.210"], "hosts": ["n1", "n2"]}
VERIFY = {"control_plane": ["n1"], "workers": ["n2"], "voters": 1, "look_seconds": 1}


@pytest.fixture
def cluster(steps: Steps) -> Steps:
    """A seed and one worker."""
    steps.apply("install_microk8s", hosts=["n1", "n2"], channel="1.32/stable")
    steps.apply("join_workers", seed="n1", hosts=["n2"])
    return steps


def node(lab: Lab, name: str) -> dict[str, Any]:
    document = lab.exec("n1", f"/snap/bin/microk8s kubectl get node {name} -o json").stdout
    answer: dict[str, Any] = json.loads(document)
    return answer


def marks(lab: Lab) -> dict[str, Any]:
    nodes = {name: node(lab, name) for name in ("n1", "n2")}
    keys = ("zone", "disk")
    return {
        name: (
            {
                key: row["metadata"]["labels"][key]
                for key in keys
                if key in row["metadata"]["labels"]
            },
            [taint["key"] for taint in row["spec"].get("taints", [])],
        )
        for name, row in nodes.items()
    }


def enabled(lab: Lab, addon: str) -> bool:
    status = lab.exec("n1", "/snap/bin/microk8s status --format short").stdout
    return f"core/{addon}: enabled" in status


def test_labels_and_taints_are_set_once_and_taken_off_by_undo(lab: Lab, cluster: Steps) -> None:
    for _ in range(2):
        cluster.apply("label_nodes", **MARKS)
    there = marks(lab)

    for _ in range(2):
        cluster.undo("label_nodes", **MARKS)

    assert there == {
        "n1": ({"zone": "a"}, ["node-role.kubernetes.io/control-plane"]),
        "n2": ({"zone": "b", "disk": "ssd"}, []),
    }
    assert marks(lab) == {"n1": ({}, []), "n2": ({}, [])}


def test_a_label_that_has_another_value_is_overwritten(lab: Lab, cluster: Steps) -> None:
    lab.exec("n1", "/snap/bin/microk8s kubectl label node n1 zone=old")

    cluster.apply("label_nodes", **MARKS)

    assert node(lab, "n1")["metadata"]["labels"]["zone"] == "a"


def test_undo_puts_back_the_labels_and_taints_that_were_there(lab: Lab, cluster: Steps) -> None:
    kubectl = "/snap/bin/microk8s kubectl"
    lab.exec("n1", f"{kubectl} label node n1 zone=old disk=hdd")
    lab.exec("n1", f"{kubectl} taint node n2 gpu=a:NoSchedule")
    there = marks(lab)
    change = {
        "seed": "n1",
        "labels": {"n1": {"zone": "new"}, "n2": {"disk": "ssd"}},
        "taints": {"n1": ["gpu=yes:NoSchedule"]},
        "labels_off": {"n1": ["disk"]},
        "taints_off": {"n2": ["gpu:NoSchedule"]},
    }

    cluster.apply("label_nodes", **change)
    changed = marks(lab)
    cluster.undo("label_nodes", **change)

    assert changed == {"n1": ({"zone": "new"}, ["gpu"]), "n2": ({"disk": "ssd"}, [])}
    assert marks(lab) == there


def test_undo_leaves_a_label_that_somebody_has_changed_since(lab: Lab, cluster: Steps) -> None:
    change = {"seed": "n1", "labels": {"n1": {"zone": "ours"}}, "taints": {}}
    cluster.apply("label_nodes", **change)
    lab.exec("n1", "/snap/bin/microk8s kubectl label --overwrite node n1 zone=theirs")

    cluster.undo("label_nodes", **change)

    assert node(lab, "n1")["metadata"]["labels"]["zone"] == "theirs"
    assert ["n1", "done", "", "kept: zone has another value since"] in cluster.last["reports"]


def test_a_node_that_is_not_listed_is_named(cluster: Steps) -> None:
    with pytest.raises(StepFailed, match="cannot label n3: Kubernetes does not list it") as caught:
        cluster.apply("label_nodes", seed="n1", labels={"n3": {"zone": "c"}}, taints={})

    assert caught.value.kind == "Transient"


def test_an_addon_is_enabled_once_and_disabled_by_undo(lab: Lab, cluster: Steps) -> None:
    for _ in range(2):
        cluster.apply("enable_addons", **ADDONS)
    was_enabled = enabled(lab, "metallb")

    for _ in range(2):
        cluster.undo("enable_addons", **ADDONS)

    assert was_enabled
    assert not enabled(lab, "metallb")
    assert len(effects(lab, "n1", "addon-changed")) == 2


def test_undo_leaves_an_addon_that_was_enabled_before(lab: Lab, cluster: Steps) -> None:
    args = {**ADDONS, "addons": ["dns"]}
    cluster.apply("enable_addons", **args)

    cluster.undo("enable_addons", **args)

    assert enabled(lab, "dns")


def test_no_addon_is_half_applied_while_an_agent_is_silent(lab: Lab, cluster: Steps) -> None:
    lab.exec("n2", "snap stop microk8s")

    with pytest.raises(StepFailed, match=r"agent of n2 at .*:25000 does not answer") as caught:
        cluster.apply("enable_addons", **ADDONS)

    assert caught.value.kind == "Transient"
    assert effects(lab, "n1", "addon-changed") == []


def test_an_addon_that_does_not_exist_is_not_taken_for_enabled(lab: Lab, cluster: Steps) -> None:
    with pytest.raises(StepFailed, match="core/nonsense"):
        cluster.apply("enable_addons", seed="n1", addons=["core/nonsense"], hosts=["n1", "n2"])

    assert effects(lab, "n1", "addon-changed") == []


def test_verification_returns_what_it_saw(cluster: Steps) -> None:
    seen = cluster.apply("verify_quorum", **VERIFY)["observation"]

    assert [(row["host"], row["role"], row["alive"]) for row in seen["members"]] == [
        ("n1", "voter", True)
    ]
    assert [(row["host"], row["role"], row["ready"]) for row in seen["nodes"]] == [
        ("n1", "control-plane", True),
        ("n2", "worker", True),
    ]
    assert seen["findings"] == []
    assert json.loads(json.dumps(seen)) == seen


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"voters": 3}, "1 of 3 voters are alive"),
        pytest.param({"workers": []}, "node n2", marks=pytest.mark.slow),
        pytest.param(
            {"workers": ["n2", "n3"]}, "Kubernetes does not list n3", marks=pytest.mark.slow
        ),
        ({"control_plane": ["n1", "n3"]}, "n3"),
    ],
    ids=["too few voters", "ghost node", "missing node", "missing member"],
)
def test_every_difference_keeps_the_verification_from_passing(
    cluster: Steps, changed: dict[str, Any], expected: str
) -> None:
    with pytest.raises(StepFailed) as caught:
        cluster.apply("verify_quorum", **(VERIFY | changed))

    assert caught.value.kind == "NotYet"
    assert expected in caught.value.message


def test_verification_without_any_answer_says_so(lab: Lab, cluster: Steps) -> None:
    lab.kill("n1")

    try:
        with pytest.raises(StepFailed, match="none of n1 answers"):
            cluster.apply("verify_quorum", **VERIFY)
    finally:
        lab.boot("n1")
