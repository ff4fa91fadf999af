"""Joining workers on real hosts: in a batch, repeated, one failing, half joined, undone."""

import pytest
from steps import StepFailed, Steps, effects, tokens

from lab import Lab

ALL = ["n1", "n2", "n3", "n4"]
WORKERS = {"seed": "n1", "hosts": ["n2", "n3", "n4"]}
TOKENS_FILE = "/var/snap/microk8s/current/credentials/cluster-tokens.txt"


@pytest.fixture
def installed(steps: Steps) -> Steps:
    steps.apply("install_microk8s", hosts=ALL, channel="1.32/stable")
    return steps


def verify(steps: Steps, workers: list[str]) -> None:
    args = {"control_plane": ["n1"], "workers": workers, "voters": 1, "look_seconds": 20}
    steps.apply("verify_quorum", **args)


def test_workers_join_together_each_with_a_token_of_its_own_and_only_once(
    lab: Lab, installed: Steps
) -> None:
    for _ in range(2):
        installed.apply("join_workers", **WORKERS)

    verify(installed, ["n2", "n3", "n4"])
    assert len(effects(lab, "n1", "join-accepted")) == 3
    assert len(set(tokens(lab, "n1"))) == 3
    assert lab.exec("n1", f"cat {TOKENS_FILE}").stdout.strip() == ""


def test_a_worker_that_fails_does_not_stop_the_others(lab: Lab, installed: Steps) -> None:
    lab.add_fault("n3", {"match": "microk8s join", "action": "fail-before", "times": 1})
    with pytest.raises(StepFailed, match="cannot join n3 as worker"):
        installed.apply("join_workers", **WORKERS)
    done = {host for host, status, *_ in installed.last["reports"] if status == "done"}

    installed.call("join_workers", "apply", WORKERS, done=sorted(done))

    assert done == {"n2", "n4"}
    verify(installed, ["n2", "n3", "n4"])
    assert len(effects(lab, "n1", "join-accepted")) == 3


def test_a_worker_whose_certificate_was_refused_starts_afresh(lab: Lab, installed: Steps) -> None:
    lab.add_fault("n1", {"match": "agent sign-cert", "action": "fail-before", "times": 1})
    args = {"seed": "n1", "hosts": ["n2"]}
    with pytest.raises(StepFailed):
        installed.apply("join_workers", **args)

    installed.apply("join_workers", **args)

    verify(installed, ["n2"])
    assert len(effects(lab, "n2", "install")) == 2


def test_a_worker_that_only_says_that_it_joined_is_waited_for_and_then_joins_afresh(
    lab: Lab, installed: Steps
) -> None:
    lab.add_fault("n2", {"match": "microk8s join", "action": "false-success", "times": 1})
    args = {"seed": "n1", "hosts": ["n2"], "look_seconds": 1}
    for look in (installed.apply, installed.look_again):
        with pytest.raises(StepFailed, match="n2 not Ready") as caught:
            look("join_workers", **args)
        assert caught.value.kind == "NotYet"
    assert len(tokens(lab, "n1")) == 1

    installed.apply("join_workers", seed="n1", hosts=["n2"])

    verify(installed, ["n2"])
    assert len(tokens(lab, "n1")) == 2


def test_a_worker_that_has_joined_and_is_not_ready_is_looked_at_and_not_joined_again(
    lab: Lab, installed: Steps
) -> None:
    args = {"seed": "n1", "hosts": ["n2"]}
    installed.apply("join_workers", **args)
    lab.kill("n2")
    lab.exec("n1", "touch -d '-130 seconds' /lab/world/clusters/*/leases/n2")
    try:
        with pytest.raises(StepFailed, match="n2 not Ready") as caught:
            installed.look_again("join_workers", **args)
    finally:
        lab.boot("n2")
    assert caught.value.kind == "NotYet"
    assert caught.value.answer["error"]["otherwise"] == "cannot see every worker Ready"

    verify(installed, ["n2"])  # it looks for so long
    installed.look_again("join_workers", **args)

    assert len(effects(lab, "n1", "join-requested")) == 1
    assert len(effects(lab, "n2", "install")) == 1


@pytest.mark.slow
def test_undo_takes_the_workers_out_and_can_be_repeated(lab: Lab, installed: Steps) -> None:
    installed.apply("join_workers", **WORKERS)

    for _ in range(2):
        installed.undo("join_workers", **WORKERS)

    verify(installed, [])
    installed.apply("join_workers", seed="n1", hosts=["n4"])
    verify(installed, ["n4"])


@pytest.mark.slow
def test_undo_strikes_out_a_worker_that_has_died(lab: Lab, installed: Steps) -> None:
    args = {"seed": "n1", "hosts": ["n2"]}
    installed.apply("join_workers", **args)
    lab.kill("n2")

    try:
        installed.undo("join_workers", **args)
        verify(installed, [])
    finally:
        lab.boot("n2")


def test_undo_of_lost_workers_tries_nothing_on_them_and_strikes_them_out(
    lab: Lab, installed: Steps
) -> None:
    args = {"seed": "n1", "hosts": ["n2"]}
    installed.apply("join_workers", **args)
    installed.lost = ["n2"]  # it answers, and must not be asked

    installed.undo("join_workers", **args)
    installed.undo("install_microk8s", hosts=["n2"], channel="1.32/stable")

    assert effects(lab, "n2", "left") == []
    installed.lost = []
    verify(installed, [])


@pytest.mark.slow
def test_no_token_is_said_anywhere(lab: Lab, installed: Steps) -> None:
    lab.add_fault("n2", {"match": "microk8s join", "action": "fail-after", "times": 1})

    with pytest.raises(StepFailed):
        installed.apply("join_workers", **WORKERS)

    minted = tokens(lab, "n1")
    assert len(minted) == 3
    assert not [token for token in minted if token in repr(installed.last)]
