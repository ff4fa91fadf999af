"""Labels and taints of nodes: what kubectl sets, takes away, refuses and says."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from emulated import Hosts, lab_of, poll
from variants import first_of


@pytest.fixture(scope="module")
def formed() -> Iterator[Hosts]:
    with lab_of(2, f"emulator-marks-{os.getpid()}", dqlite="emulated") as lab:
        hosts = Hosts(lab)
        hosts.form("n1", workers=("n2",))
        poll(lambda: hosts.node_status("n2") == "Ready", "the worker")
        lab.save("formed")
        yield hosts


@pytest.fixture
def hosts(formed: Hosts) -> Hosts:
    formed.lab.restore("formed")
    return formed


def node(hosts: Hosts, name: str = "n2") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(hosts.out("n1", f"microk8s kubectl get node {name} -o json"))
    return found


def labels(hosts: Hosts) -> dict[str, str]:
    found: dict[str, str] = node(hosts)["metadata"]["labels"]
    return found


def taints(hosts: Hosts) -> list[dict[str, str]]:
    found: list[dict[str, str]] = node(hosts)["spec"].get("taints", [])
    return found


def kubectl(hosts: Hosts, words: str) -> tuple[int, str]:
    """The exit code of a kubectl command, and all that it said."""
    done = hosts.run("n1", f"microk8s kubectl {words}")
    return done.returncode, (done.stdout + done.stderr).strip()


def test_a_label_is_set_kept_overwritten_only_when_told_and_taken_away(hosts: Hosts) -> None:
    answers = [
        kubectl(hosts, f"label node n2 {words}")
        for words in ("zone=a", "zone=a", "zone=b", "zone=b --overwrite", "zone- size=1", "size-")
    ]

    assert answers == [
        (0, "node/n2 labeled"),
        (0, "node/n2 not labeled"),
        (1, "error: 'zone' already has a value (a), and --overwrite is false"),
        (0, "node/n2 labeled"),
        (0, "node/n2 modified"),
        (0, "node/n2 unlabeled"),
    ]
    assert not {"zone", "size"} & labels(hosts).keys()


def test_a_label_that_is_not_there_is_said_to_be_missing_without_an_error(hosts: Hosts) -> None:
    assert kubectl(hosts, "label node n2 zone-") == (
        0,
        'label "zone" not found.\nnode/n2 not labeled',
    )


@pytest.mark.parametrize(
    ("words", "reason"),
    first_of(
        [
            ("label node n2", "error: at least one label update is required"),
            (
                "label node n2 a=b a-",
                "error: can not both modify and remove a label in the same command",
            ),
            ("label node n9 a=b", 'Error from server (NotFound): nodes "n9" not found'),
            ("taint node n2", "error: at least one taint update is required"),
            ("taint node n2 a=b", "error: invalid taint spec: a=b"),
            (
                "taint node n2 a=b:Never",
                "error: invalid taint effect: Never, unsupported taint effect",
            ),
            ("taint node n2 a-", 'error: taint "a" not found'),
            ("taint node n2 a:NoExecute-", 'error: taint "a:NoExecute" not found'),
            ("taint node n9 a:NoExecute", 'Error from server (NotFound): nodes "n9" not found'),
        ],
        quick=2,
    ),
)
def test_what_kubectl_refuses_changes_nothing(hosts: Hosts, words: str, reason: str) -> None:
    before = labels(hosts), taints(hosts)

    assert kubectl(hosts, words) == (1, reason)

    assert (labels(hosts), taints(hosts)) == before


def test_a_taint_is_taken_away_by_its_key_and_effect_or_by_its_key_alone(hosts: Hosts) -> None:
    set_three = kubectl(hosts, "taint node n2 a=1:NoSchedule a=1:NoExecute b:NoSchedule")
    by_effect = kubectl(hosts, "taint node n2 a:NoExecute-")
    left = taints(hosts)
    with_value = kubectl(hosts, "taint node n2 a=1:NoSchedule-")
    by_key = kubectl(hosts, "taint node n2 b-")

    assert set_three == (0, "node/n2 tainted")
    assert by_effect == with_value == by_key == (0, "node/n2 untainted")
    assert left == [
        {"key": "a", "effect": "NoSchedule", "value": "1"},
        {"key": "b", "effect": "NoSchedule"},
    ]
    assert taints(hosts) == []


def test_a_taint_of_the_same_key_and_effect_is_replaced_only_when_told(hosts: Hosts) -> None:
    kubectl(hosts, "taint node n2 a=1:NoSchedule")

    refused = kubectl(hosts, "taint node n2 a=2:NoSchedule")
    replaced = kubectl(hosts, "taint node n2 a=2:NoSchedule --overwrite")
    exchanged = kubectl(hosts, "taint node n2 a:NoSchedule- b:NoSchedule")

    assert refused == (
        1,
        "error: node n2 already has a taint(s) with same effect(s) and --overwrite is false",
    )
    assert replaced == exchanged == (0, "node/n2 modified")
    assert taints(hosts) == [{"key": "b", "effect": "NoSchedule"}]


def test_labels_and_taints_stay_when_the_kubelet_starts_anew(hosts: Hosts) -> None:
    kubectl(hosts, "label node n2 zone=a")
    kubectl(hosts, "taint node n2 a=1:NoSchedule")

    hosts.run("n2", "snap restart microk8s.daemon-kubelite")
    poll(lambda: hosts.node_status("n2") == "Ready", "the worker")

    assert labels(hosts)["zone"] == "a"
    assert taints(hosts) == [{"key": "a", "effect": "NoSchedule", "value": "1"}]
