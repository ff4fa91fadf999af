"""Nodes are refreshed to another channel, and reverted: judged by what the cluster shows then."""

import json
from collections.abc import Iterator

import pytest
from steps import StepFailed, Steps, effects, wait_until
from variants import first_of

from lab import Lab

KUBECTL = "/snap/bin/microk8s kubectl"
OURS = {"installation": "first", "cluster": "prod", "job": "job-a"}
MEMBERS = ["n1", "n2", "n3"]
NEW = "1.33/stable"
OLD_VERSION, NEW_VERSION = "v1.32.3", "v1.33.1"
WORKER = {"seed": "n1", "hosts": ["n4"], "channel": NEW}
MEMBER = {"seed": "n1", "hosts": ["n2"], "channel": NEW, "members": MEMBERS}


@pytest.fixture(scope="module")
def saved_pair(steps_lab: Lab, step_process: Steps) -> str:
    """Save a control plane node and a worker; return the name of that."""
    steps_lab.heal()
    steps_lab.reset()
    step_process.mark = OURS
    step_process.apply("install_microk8s", hosts=["n1", "n4"], channel="1.32/stable")
    step_process.apply("join_workers", seed="n1", hosts=["n4"])
    steps_lab.save("pair-to-refresh")
    return "pair-to-refresh"


@pytest.fixture(scope="module")
def saved_three(steps_lab: Lab, step_process: Steps) -> str:
    """Save three control plane nodes; return the name of that."""
    steps_lab.heal()
    steps_lab.reset()
    step_process.mark = OURS
    step_process.apply("install_microk8s", hosts=MEMBERS, channel="1.32/stable")
    for place, host in enumerate(MEMBERS[1:], start=2):
        step_process.apply("join_control_plane", seed="n1", host=host, expected_members=place)
    step_process.apply("verify_quorum", control_plane=MEMBERS, workers=[], voters=3)
    steps_lab.save("three-to-refresh")
    return "three-to-refresh"


@pytest.fixture
def pair(saved_pair: str, steps_lab: Lab, steps: Steps) -> Iterator[Steps]:
    yield from restored(saved_pair, steps_lab, steps)


@pytest.fixture
def three(saved_three: str, steps_lab: Lab, steps: Steps) -> Iterator[Steps]:
    yield from restored(saved_three, steps_lab, steps)


def restored(name: str, lab: Lab, steps: Steps) -> Iterator[Steps]:
    """Have a saved cluster as it was, for another job than the one that made it."""
    lab.restore(name)
    steps.mark = OURS | {"job": "job-b"}
    yield steps
    for host in ("n1", "n2", "n4"):
        lab.clear_fault(host)


def versions(lab: Lab, asked: str = "n1") -> dict[str, str]:
    """Return the version of each node that is Ready, as one of them tells it."""
    rows = json.loads(lab.exec(asked, f"{KUBECTL} get nodes -o json").stdout)["items"]
    return {
        row["metadata"]["name"]: row["status"]["nodeInfo"]["kubeletVersion"]
        for row in rows
        if {"type": "Ready", "status": "True"}.items()
        <= next(c for c in row["status"]["conditions"] if c["type"] == "Ready").items()
    }


def snap(lab: Lab, host: str) -> list[str]:
    """Return version, revision, channel, publisher and notes of the snap."""
    return lab.exec(host, "snap list microk8s").stdout.splitlines()[-1].split()[1:]


def test_a_worker_is_refreshed_once_and_reverted_with_its_channel(lab: Lab, pair: Steps) -> None:
    for _ in range(2):
        pair.apply("refresh_microk8s", **WORKER)
    refreshed, held = versions(lab), snap(lab, "n4")
    done = len(effects(lab, "n4", "refresh"))

    for _ in range(2):
        pair.undo("refresh_microk8s", **WORKER)

    assert refreshed == {"n1": OLD_VERSION, "n4": NEW_VERSION}
    assert (held[2], "held" in held[-1], done) == (NEW, True, 1)
    assert versions(lab)["n4"] == OLD_VERSION
    assert (snap(lab, "n4")[2], len(effects(lab, "n4", "revert"))) == ("1.32/stable", 1)


@pytest.mark.slow
def test_a_control_plane_node_is_refreshed_and_reverted_while_the_others_hold_quorum(
    lab: Lab, three: Steps
) -> None:
    three.apply("refresh_microk8s", **MEMBER)
    refreshed = versions(lab, "n2")

    three.undo("refresh_microk8s", **MEMBER)

    assert refreshed == dict.fromkeys(MEMBERS, OLD_VERSION) | {"n2": NEW_VERSION}
    assert versions(lab, "n2")["n2"] == OLD_VERSION
    three.apply("verify_quorum", control_plane=MEMBERS, workers=[], voters=3, settled=True)


@pytest.mark.slow
def test_a_control_plane_node_stays_refreshed_while_another_one_is_down(
    lab: Lab, three: Steps
) -> None:
    three.apply("refresh_microk8s", **MEMBER)
    lab.exec("n3", "snap stop microk8s.daemon-k8s-dqlite")

    with pytest.raises(StepFailed) as failed:
        three.undo("refresh_microk8s", **MEMBER)

    assert (failed.value.kind, "cannot stop n2: n3" in failed.value.message) == ("Transient", True)
    assert (snap(lab, "n2")[2], effects(lab, "n2", "revert")) == (NEW, [])


@pytest.mark.slow
def test_a_step_that_has_waited_for_the_quorum_alone_refreshes_its_node(
    lab: Lab, pair: Steps
) -> None:
    pair.look_again("refresh_microk8s", **WORKER)

    assert (versions(lab)["n4"], snap(lab, "n4")[2]) == (NEW_VERSION, NEW)


@pytest.mark.slow
def test_an_undo_leaves_a_node_alone_on_which_nothing_was_begun(lab: Lab, pair: Steps) -> None:
    pair.undo("refresh_microk8s", **WORKER, look_seconds=14)

    assert (effects(lab, "n4", "revert"), versions(lab)["n4"]) == ([], OLD_VERSION)


@pytest.mark.slow
def test_a_change_that_snapd_works_on_is_waited_for(lab: Lab, pair: Steps) -> None:
    lab.add_fault("n4", {"match": "snap refresh", "action": "snap-busy", "times": 1})

    pair.apply("refresh_microk8s", **WORKER)

    assert versions(lab)["n4"] == NEW_VERSION


@pytest.mark.slow
def test_an_undo_waits_for_a_refresh_whose_celery_worker_died_and_reverts_it(
    lab: Lab, pair: Steps
) -> None:
    slow = {"match": "snap refresh", "action": "slow", "seconds": 4, "times": 1}
    lab.add_fault("n4", slow)  # in its download, while the node still runs as before
    pair.begin("refresh_microk8s", "apply", WORKER)
    wait_until(lambda: "Doing" in lab.exec("n4", "snap changes").stdout)
    pair.kill()

    noted = {"n4": {"version": OLD_VERSION, "revision": "7890", "channel": "1.32/stable"}}
    pair.call("refresh_microk8s", "undo", WORKER, noted=noted)

    assert (snap(lab, "n4")[:3], versions(lab)["n4"]) == (list(noted["n4"].values()), OLD_VERSION)
    assert len(effects(lab, "n4", "revert")) == 1
    assert "Doing" not in lab.exec("n4", "snap changes").stdout


@pytest.mark.slow
def test_a_refresh_whose_celery_worker_died_goes_on_and_is_not_asked_for_again(
    lab: Lab, pair: Steps
) -> None:
    lab.add_fault(
        "n4",
        {"match": "snap refresh", "action": "slow", "seconds": 4, "text": "Copy snap", "times": 1},
    )
    pair.begin("refresh_microk8s", "apply", WORKER)
    wait_until(lambda: "Doing" in lab.exec("n4", "snap changes").stdout)
    pair.kill()
    states = lab.exec("n4", "snap changes").stdout

    pair.apply("refresh_microk8s", **WORKER)

    assert "Doing" in states
    assert (len(effects(lab, "n4", "refresh")), versions(lab)["n4"]) == (1, NEW_VERSION)


@pytest.mark.parametrize("action", first_of(["hook-failure", "store-unreachable"]))
def test_a_refresh_that_snapd_takes_back_fails_and_the_node_is_as_before(
    lab: Lab, pair: Steps, action: str
) -> None:
    lab.add_fault("n4", {"match": "snap refresh", "action": action})

    with pytest.raises(StepFailed) as failed:
        pair.apply("refresh_microk8s", **WORKER)
    pair.undo("refresh_microk8s", **WORKER)

    assert failed.value.kind == "Transient"
    assert failed.value.message.startswith(f"cannot refresh MicroK8s to {NEW}: n4: ")
    assert (versions(lab)["n4"], snap(lab, "n4")[2]) == (OLD_VERSION, "1.32/stable")


def test_a_node_whose_kubelet_does_not_come_back_is_waited_for(lab: Lab, pair: Steps) -> None:
    pair.apply("refresh_microk8s", **WORKER)
    lab.exec("n4", "snap stop microk8s.daemon-kubelite")

    with pytest.raises(StepFailed) as waits:
        pair.apply("refresh_microk8s", **WORKER, look_seconds=0)
    lab.exec("n4", "snap start microk8s.daemon-kubelite")
    pair.look_again("refresh_microk8s", **WORKER)

    assert (waits.value.kind, waits.value.message) == ("NotYet", "daemon-kubelite of n4 is down")


@pytest.mark.slow
def test_a_control_plane_node_whose_own_api_is_away_is_waited_for(lab: Lab, three: Steps) -> None:
    lab.add_fault("n2", {"match": "microk8s kubectl", "action": "fail-before"})

    with pytest.raises(StepFailed) as waits:
        three.apply("refresh_microk8s", **MEMBER, look_seconds=0)

    assert waits.value.kind == "NotYet"
    assert "API server of n2 does not answer" in waits.value.message


def test_what_another_installation_put_there_is_not_refreshed(lab: Lab, pair: Steps) -> None:
    pair.mark = OURS | {"installation": "second"}

    with pytest.raises(StepFailed) as failed:
        pair.apply("refresh_microk8s", **WORKER)

    assert failed.value.kind == "Permanent"
    assert "job job-a of cluster prod, installation first" in failed.value.message
    assert effects(lab, "n4", "refresh") == []


def test_the_only_control_plane_node_sees_itself_ready_in_its_new_version(
    lab: Lab, steps: Steps
) -> None:
    steps.mark = OURS
    steps.apply("install_microk8s", hosts=["n1"], channel="1.32/stable")

    args = {"seed": "n1", "hosts": ["n1"], "channel": NEW, "members": ["n1"]}
    steps.apply("refresh_without_quorum", **args)

    assert versions(lab) == {"n1": NEW_VERSION}
