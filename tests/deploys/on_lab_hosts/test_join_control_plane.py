"""Joining control plane nodes on real hosts: repeated, broken half-way, killed, undone."""

import re

import pytest
from steps import StepFailed, Steps, effects, tokens, wait_until

from lab import Lab

CHANNEL = "1.32/stable"
TOKENS_FILE = "/var/snap/microk8s/current/credentials/cluster-tokens.txt"
SECOND = {"seed": "n1", "host": "n2", "expected_members": 2}
THIRD = {"seed": "n1", "host": "n3", "expected_members": 3}


@pytest.fixture
def installed(steps: Steps) -> Steps:
    steps.apply("install_microk8s", hosts=["n1", "n2"], channel=CHANNEL)
    return steps


@pytest.fixture
def three(installed: Steps) -> Steps:
    installed.apply("install_microk8s", hosts=["n3"], channel=CHANNEL)
    return installed


def observed(steps: Steps, *names: str) -> dict[str, str]:
    """Return the datastore's roles of a cluster that holds exactly the named nodes."""
    voters = 3 if len(names) >= 3 else 1
    args = {"control_plane": list(names), "workers": [], "voters": voters, "look_seconds": 30}
    seen = steps.apply("verify_quorum", **args)["observation"]
    return {row["host"]: row["role"] for row in seen["members"]}


def joins(lab: Lab, what: str = "join-accepted") -> int:
    return len(effects(lab, "n1", what))


def test_three_hosts_become_three_voters_and_joining_again_changes_nothing(
    lab: Lab, three: Steps
) -> None:
    for args in (SECOND, THIRD, SECOND, THIRD):
        output = three.apply("join_control_plane", **args)

    assert output["roles"] == {"n1": "voter", "n2": "voter", "n3": "voter"}
    assert output["observation"]["findings"] == []
    assert observed(three, "n1", "n2", "n3") == output["roles"]
    assert joins(lab, "join-requested") == 2


def test_undo_takes_the_node_out_and_can_be_repeated_and_followed_by_a_join(
    lab: Lab, installed: Steps
) -> None:
    installed.apply("join_control_plane", **SECOND)

    for _ in range(2):
        installed.undo("join_control_plane", **SECOND)

    assert observed(installed, "n1") == {"n1": "voter"}
    installed.apply("join_control_plane", **SECOND)
    assert observed(installed, "n1", "n2") == {"n1": "voter", "n2": "spare"}


def test_undo_of_a_join_that_never_began_changes_nothing(lab: Lab, installed: Steps) -> None:
    installed.undo("join_control_plane", **SECOND)

    assert observed(installed, "n1") == {"n1": "voter"}
    assert effects(lab, "n2", "left") == []


def test_undo_strikes_out_a_host_that_has_died(lab: Lab, three: Steps) -> None:
    for args in (SECOND, THIRD):
        three.apply("join_control_plane", **args)
    lab.kill("n3")

    try:
        three.undo("join_control_plane", **THIRD)
        assert set(observed(three, "n1", "n2")) == {"n1", "n2"}
    finally:
        lab.boot("n3")


@pytest.mark.slow
def test_a_join_that_only_says_that_it_succeeded_is_not_believed(
    lab: Lab, installed: Steps
) -> None:
    lab.add_fault("n2", {"match": "microk8s join", "action": "false-success", "times": 1})
    with pytest.raises(StepFailed, match="cannot see n2 settle") as caught:
        installed.apply("join_control_plane", **SECOND, look_seconds=1)

    installed.apply("join_control_plane", **SECOND)

    assert caught.value.kind == "Transient"
    assert observed(installed, "n1", "n2") == {"n1": "voter", "n2": "spare"}


def test_a_member_that_has_yet_to_settle_is_looked_at_and_not_joined_again(
    lab: Lab, installed: Steps
) -> None:
    installed.apply("join_control_plane", **SECOND)
    lab.kill("n2")
    try:
        with pytest.raises(StepFailed, match="n2 does not answer as a member") as caught:
            installed.look_again("join_control_plane", **SECOND)
    finally:
        lab.boot("n2")
    assert caught.value.kind == "NotYet"
    assert caught.value.answer["error"]["otherwise"].startswith("cannot see n2 settle")

    observed(installed, "n1", "n2")  # it looks for so long
    installed.look_again("join_control_plane", **SECOND)

    assert joins(lab, "join-requested") == 1
    assert len(effects(lab, "n2", "install")) == 1


@pytest.mark.parametrize(
    "action", [pytest.param("kill-before-dqlite", marks=pytest.mark.slow), "kill-after-member-add"]
)
def test_a_join_that_died_half_way_is_cleaned_up_and_done_again(
    lab: Lab, installed: Steps, action: str
) -> None:
    lab.add_fault("n2", {"match": "microk8s join", "action": action, "times": 1})
    with pytest.raises(StepFailed, match="cannot join n2"):
        installed.apply("join_control_plane", **SECOND)

    installed.apply("join_control_plane", **SECOND)

    assert observed(installed, "n1", "n2") == {"n1": "voter", "n2": "spare"}
    assert len(effects(lab, "n2", "install")) == 2


def test_a_refused_join_spends_its_token_and_the_next_attempt_has_another(
    lab: Lab, installed: Steps
) -> None:
    lab.add_fault("n1", {"match": "agent join", "action": "stale-member", "times": 1})
    with pytest.raises(StepFailed) as caught:
        installed.apply("join_control_plane", **SECOND)

    installed.apply("join_control_plane", **SECOND)

    assert caught.value.kind == "Transient"
    assert "already known to dqlite" in caught.value.message
    first, second = tokens(lab, "n1")
    assert first != second
    assert lab.exec("n1", f"cat {TOKENS_FILE}").stdout.strip() == ""


def test_a_name_that_does_not_resolve_is_a_false_assumption(lab: Lab, installed: Steps) -> None:
    lab.add_fault("n1", {"match": "agent join", "action": "hostname-check"})
    lab.exec("n1", "sed -i '/ n2$/d' /etc/hosts")

    with pytest.raises(StepFailed) as caught:
        installed.apply("join_control_plane", **SECOND)

    assert caught.value.kind == "Permanent"
    assert "/etc/hosts" in caught.value.answer["error"]["advice"]


def test_a_token_that_was_never_spent_is_struck_out(lab: Lab, installed: Steps) -> None:
    lab.add_fault("n2", {"match": "microk8s join", "action": "fail-before"})

    with pytest.raises(StepFailed):
        installed.apply("join_control_plane", **SECOND)

    assert len(tokens(lab, "n1")) == 1
    assert lab.exec("n1", f"cat {TOKENS_FILE}").stdout.strip() == ""


@pytest.mark.slow
def test_a_strangers_token_survives_ours(lab: Lab, installed: Steps) -> None:
    theirs = "0" * 31 + "1"
    lab.exec("n1", f"/snap/bin/microk8s add-node --token {theirs} --format token")

    installed.apply("join_control_plane", **SECOND)

    assert lab.exec("n1", f"cat {TOKENS_FILE}").stdout.strip() == theirs


def test_a_join_left_by_a_killed_process_is_waited_for_and_not_repeated(
    lab: Lab, installed: Steps
) -> None:
    slow = {"match": "microk8s join", "action": "slow", "seconds": 2, "times": 1}
    lab.add_fault("n2", slow)
    installed.begin("join_control_plane", "apply", SECOND)
    wait_until(lambda: lab.exec("n2", "pgrep -f '[j]oin\\.py'").returncode == 0)

    installed.kill()
    installed.apply("join_control_plane", **SECOND)

    assert joins(lab) == 1
    assert observed(installed, "n1", "n2") == {"n1": "voter", "n2": "spare"}


@pytest.mark.parametrize("after", [pytest.param(0.05, marks=pytest.mark.slow), 0.3])
def test_a_step_that_is_cut_off_anywhere_can_be_done_again(
    lab: Lab, installed: Steps, after: float
) -> None:
    with pytest.raises(StepFailed) as caught:
        installed.call("join_control_plane", "apply", SECOND, abort_after=after)

    installed.apply("join_control_plane", **SECOND)

    assert caught.value.kind == "Transient"
    assert observed(installed, "n1", "n2") == {"n1": "voter", "n2": "spare"}


@pytest.mark.slow
def test_no_token_is_said_anywhere(lab: Lab, installed: Steps) -> None:
    texts = []
    lab.add_fault("n2", {"match": "microk8s join", "action": "fail-after", "times": 1})
    with pytest.raises(StepFailed):
        installed.apply("join_control_plane", **SECOND)
    texts.append(repr(installed.last))

    installed.apply("join_control_plane", **SECOND)
    texts.append(repr(installed.last))

    minted = tokens(lab, "n1")
    assert minted
    assert not [token for token in minted if any(token in text for text in texts)]
    assert not re.search(r"\b[0-9a-f]{32}\b", "".join(texts))


def test_only_the_join_itself_has_the_token_in_its_arguments(lab: Lab, installed: Steps) -> None:
    lab.add_fault("n2", {"match": "microk8s join", "action": "slow", "seconds": 1.5, "times": 1})
    installed.begin("join_control_plane", "apply", SECOND)
    wait_until(lambda: lab.exec("n2", "pgrep -f '[j]oin\\.py'").returncode == 0)

    lines = [
        line
        for host in ("n1", "n2")
        for line in lab.exec(host, "ps -eo args").stdout.splitlines()
        if any(token in line for token in tokens(lab, "n1"))
    ]
    installed.finish()

    assert lines
    assert not [line for line in lines if re.match(r"(sudo|timeout|sh -c|bash -c|sshd)", line)]
