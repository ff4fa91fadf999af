"""Installing on real hosts: repeated, refused, interrupted, undone."""

import pytest
from steps import StepFailed, Steps, effects, wait_until

from lab import Lab

CHANNEL = "1.32/stable"
HOSTS = ["n1", "n2"]


def snap(lab: Lab, host: str) -> str:
    return lab.exec(host, "snap list microk8s").stdout


def test_installing_twice_installs_once_pinned_and_held(lab: Lab, steps: Steps) -> None:
    for _ in range(2):
        steps.apply("install_microk8s", hosts=HOSTS, channel=CHANNEL)

    assert [len(effects(lab, host, "install")) for host in HOSTS] == [1, 1]
    assert all(CHANNEL in snap(lab, host) and "held" in snap(lab, host) for host in HOSTS)


def test_every_host_that_is_done_is_reported_so(steps: Steps) -> None:
    steps.apply("install_microk8s", hosts=HOSTS, channel=CHANNEL)

    statuses = {(host, status) for host, status, _, _ in steps.last["reports"]}

    assert statuses == {(host, status) for host in HOSTS for status in ("running", "done")}


def test_undo_removes_what_was_installed_here_and_nothing_else(lab: Lab, steps: Steps) -> None:
    lab.exec("n2", f"snap install microk8s --classic --channel={CHANNEL}")
    steps.apply("install_microk8s", hosts=HOSTS, channel=CHANNEL)

    for _ in range(2):
        steps.undo("install_microk8s", hosts=HOSTS, channel=CHANNEL)

    assert "microk8s" not in snap(lab, "n1")
    assert CHANNEL in snap(lab, "n2")
    assert lab.exec("n1", "ls /var/lib/clusterwright").returncode != 0


def test_another_channel_is_a_false_assumption_and_both_are_named(lab: Lab, steps: Steps) -> None:
    lab.exec("n1", "snap install microk8s --classic --channel=1.31/stable")

    with pytest.raises(StepFailed) as caught:
        steps.apply("install_microk8s", hosts=["n1"], channel=CHANNEL)

    assert caught.value.kind == "Permanent"
    assert "1.31/stable is installed" in caught.value.message
    assert CHANNEL in caught.value.message
    assert "1.31/stable" in snap(lab, "n1")


def test_a_failing_host_does_not_stop_its_neighbours(lab: Lab, steps: Steps) -> None:
    lab.add_fault("n2", {"match": "snap install", "action": "store-unreachable"})

    with pytest.raises(StepFailed) as caught:
        steps.apply("install_microk8s", hosts=["n1", "n2", "n3"], channel=CHANNEL)

    assert caught.value.kind == "Transient"
    assert [failure["host"] for failure in steps.last["error"]["failures"]] == ["n2"]
    assert "unable to contact snap store" in caught.value.message
    assert all(CHANNEL in snap(lab, host) for host in ("n1", "n3"))


def test_a_retry_leaves_finished_hosts_alone(lab: Lab, steps: Steps) -> None:
    args = {"hosts": HOSTS, "channel": CHANNEL}
    fault = lab.add_fault("n2", {"match": "snap install", "action": "fail-before"})
    with pytest.raises(StepFailed):
        steps.apply("install_microk8s", **args)
    lab.clear_fault("n2", fault)

    steps.call("install_microk8s", "apply", args, done=["n1"])

    assert {host for host, *_ in steps.last["reports"]} == {"n2"}
    assert CHANNEL in snap(lab, "n2")


def test_a_failure_after_the_effect_heals_by_itself(lab: Lab, steps: Steps) -> None:
    fault = {"match": "snap install", "action": "fail-after", "times": 1}
    lab.add_fault("n1", fault)
    with pytest.raises(StepFailed):
        steps.apply("install_microk8s", hosts=["n1"], channel=CHANNEL)

    steps.apply("install_microk8s", hosts=["n1"], channel=CHANNEL)

    assert len(effects(lab, "n1", "install")) == 1
    assert "held" in snap(lab, "n1")


def test_an_installation_left_by_a_killed_process_is_waited_for(lab: Lab, steps: Steps) -> None:
    slow = {"match": "snap install", "action": "slow", "seconds": 3, "times": 1}
    lab.add_fault("n1", slow)
    args = {"hosts": ["n1"], "channel": CHANNEL}
    steps.begin("install_microk8s", "apply", args)
    wait_until(lambda: lab.exec("n1", "pgrep -f '[s]nap install'").returncode == 0)

    steps.kill()
    steps.apply("install_microk8s", **args)

    assert len(effects(lab, "n1", "install")) == 1
    assert CHANNEL in snap(lab, "n1")
