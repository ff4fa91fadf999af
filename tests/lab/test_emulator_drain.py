"""What kubectl does to the pods of a node: they stay while it is cordoned, and go when drained."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from emulated import Hosts, Output, lab_of, poll

BLOCKED = "Cannot evict pod as it would violate the pod's disruption budget."
SELECTOR = {"matchLabels": {"app": "shop"}}
SHOP = {
    "kind": "Deployment",
    "metadata": {"name": "shop"},
    "spec": {"replicas": 2, "selector": SELECTOR},
}
BUDGET = {"kind": "PodDisruptionBudget", "metadata": {"name": "shop"}}


@pytest.fixture(scope="module")
def formed() -> Iterator[Hosts]:
    with lab_of(2, f"emulator-drain-{os.getpid()}", dqlite="emulated") as lab:
        hosts = Hosts(lab)
        hosts.form("n1", workers=("n2",))
        poll(lambda: hosts.node_status("n2") == "Ready", "the worker")
        put(hosts, SHOP)
        lab.save("formed")
        yield hosts


@pytest.fixture
def hosts(formed: Hosts) -> Iterator[Hosts]:
    formed.lab.restore("formed")
    yield formed
    formed.lab.clear_fault("n1")


def put(hosts: Hosts, item: dict[str, Any]) -> None:
    hosts.run("n1", f"echo '{json.dumps(item)}' | microk8s kubectl apply -f -")


def homes(hosts: Hosts) -> dict[str, str]:
    rows = json.loads(hosts.out("n1", "microk8s kubectl get pods -o json"))["items"]
    return {row["metadata"]["name"]: row["spec"].get("nodeName", "") for row in rows}


def drained(hosts: Hosts, node: str = "n2", words: str = "--ignore-daemonsets") -> Output:
    return hosts.run("n1", f"microk8s kubectl drain {node} {words} --timeout=1s")


def test_pods_stay_on_a_node_that_is_cordoned_and_go_when_it_is_drained(hosts: Hosts) -> None:
    hosts.run("n1", "microk8s kubectl cordon n2")
    cordoned = homes(hosts)

    done = drained(hosts)

    assert cordoned == {"shop-0": "n1", "shop-1": "n2"}
    assert homes(hosts) == {"shop-0": "n1", "shop-1": "n1"}
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "node/n2 already cordoned",
            "evicting pod default/shop-1",
            "pod/shop-1 evicted",
            "node/n2 drained",
        ],
    )


def test_a_budget_that_lets_none_go_keeps_its_pods_until_time_is_over(hosts: Hosts) -> None:
    put(hosts, BUDGET | {"spec": {"minAvailable": 2, "selector": SELECTOR}})

    done = drained(hosts)

    assert done.returncode == 1
    assert BLOCKED in done.stderr
    assert done.stderr.endswith('"shop-1" -n "default": global timeout reached: 1s\n')
    assert homes(hosts)["shop-1"] == "n2"


def test_a_budget_that_one_may_leave_lets_it_go(hosts: Hosts) -> None:
    put(hosts, BUDGET | {"spec": {"minAvailable": 1, "selector": SELECTOR}})

    assert drained(hosts).returncode == 0
    assert homes(hosts)["shop-1"] == "n1"


def test_the_fault_that_blocks_drains_has_a_pod_on_each_node_and_a_budget(hosts: Hosts) -> None:
    hosts.lab.add_fault("n1", {"match": "microk8s kubectl drain", "action": "pdb-blocks-drain"})

    done = drained(hosts)

    assert done.returncode == 1
    assert BLOCKED in done.stderr
    there = homes(hosts)
    assert (there["app-0"], there["app-1"], there["shop-1"]) == ("n1", "n2", "n1")
    assert "app" in hosts.out("n1", "microk8s kubectl get pdb")


def test_pods_without_a_controller_and_those_of_daemon_sets_are_refused(hosts: Hosts) -> None:
    without = drained(hosts, words="")
    put(hosts, {"kind": "Pod", "metadata": {"name": "own"}, "spec": {"nodeName": "n2"}})
    bare = drained(hosts)
    forced = drained(hosts, words="--ignore-daemonsets --force")

    assert "use --ignore-daemonsets to ignore" in without.stderr
    assert "declare no controller (use --force to override): default/own" in bare.stderr
    assert (without.returncode, bare.returncode, forced.returncode) == (1, 1, 0)
    assert "own" not in homes(hosts)  # nothing makes it anew


def test_a_pod_for_which_no_node_is_left_waits_until_one_takes_pods(hosts: Hosts) -> None:
    hosts.run("n1", "microk8s kubectl cordon n1")

    drained(hosts)
    waiting = homes(hosts)
    hosts.run("n1", "microk8s kubectl uncordon n2")

    assert waiting == {"shop-0": "n1", "shop-1": ""}
    assert homes(hosts)["shop-1"] == "n2"
