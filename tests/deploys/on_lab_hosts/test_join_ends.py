"""Joins that end as they do on real hosts: what was changed decides, not what was said."""

import pytest
from steps import StepFailed, Steps, effects, tokens, wait_until

from lab import Lab

CHANNEL = "1.32/stable"
OURS = {"installation": "first", "cluster": "prod", "job": "job-a"}
OTHERS = OURS | {"installation": "second", "job": "job-b"}
SECOND = {"seed": "n1", "host": "n2", "expected_members": 2}
WORKER = {"seed": "n1", "hosts": ["n2"]}


@pytest.fixture
def installed(steps: Steps) -> Steps:
    steps.mark = OURS
    steps.apply("install_microk8s", hosts=["n1", "n2", "n3"], channel=CHANNEL)
    return steps


def nodes(lab: Lab, seed: str = "n1") -> set[str]:
    listing = lab.exec(seed, "/snap/bin/microk8s kubectl get nodes --no-headers").stdout
    return {line.split()[0] for line in listing.splitlines()}


@pytest.mark.parametrize("action", ["closes", pytest.param("resets", marks=pytest.mark.slow)])
@pytest.mark.parametrize("worker", [False, True], ids=["control-plane", "worker"])
def test_a_join_that_touched_nothing_is_simply_joined_again(
    lab: Lab, installed: Steps, action: str, worker: bool
) -> None:
    lab.add_fault("n1", {"match": "agent join", "action": action, "times": 1})
    step, args = ("join_workers", WORKER) if worker else ("join_control_plane", SECOND)
    with pytest.raises(StepFailed) as caught:
        installed.apply(step, **args)

    installed.apply(step, **args)

    lines = [line for row in caught.value.answer["error"]["failures"] for line in row["lines"]]
    assert caught.value.kind == "Transient"
    assert "the join changed nothing on this host" in lines
    assert nodes(lab) == {"n1", "n2"}
    assert len(effects(lab, "n2", "install")) == 1


@pytest.mark.slow
def test_an_address_that_was_struck_out_a_moment_ago_joins_at_the_first_attempt(
    lab: Lab, installed: Steps
) -> None:
    installed.apply("join_control_plane", **SECOND)
    lab.exec("n2", "snap remove --purge microk8s; rm -r /var/lib/clusterwright")
    installed.apply("install_microk8s", hosts=["n2"], channel=CHANNEL)

    installed.apply("join_control_plane", **SECOND)

    assert nodes(lab) == {"n1", "n2"}
    assert effects(lab, "n1", "join-refused") == []


@pytest.mark.slow
def test_a_seed_whose_agent_serves_an_older_certificate_is_put_right_before_a_token_is_made(
    lab: Lab, installed: Steps
) -> None:
    lab.add_fault("n2", {"match": "kicker restart", "action": "kicker-fails"})
    installed.apply("join_control_plane", **SECOND)
    stored = "sha256sum /var/snap/microk8s/current/certs/server.crt"
    assert lab.exec("n2", stored).returncode == 0

    installed.apply("join_control_plane", seed="n2", host="n3", expected_members=3)

    assert nodes(lab) == {"n1", "n2", "n3"}
    assert len(tokens(lab, "n2")) == 1
    assert effects(lab, "n2", "join-refused") == []


def test_one_token_of_several_that_was_not_made_is_missed(lab: Lab, installed: Steps) -> None:
    lab.add_fault("n1", {"match": "microk8s add-node", "action": "fail-before", "times": 1})

    with pytest.raises(
        StepFailed, match="cannot mint 2 join tokens on n1: add-node answered with 1"
    ):
        installed.apply("join_workers", seed="n1", hosts=["n2", "n3"])

    assert effects(lab, "n1", "join-requested") == []


def test_a_former_seed_of_ours_starts_afresh_and_joins(lab: Lab, installed: Steps) -> None:
    installed.apply("join_control_plane", **SECOND)
    installed.undo("join_control_plane", **SECOND)

    installed.apply("join_workers", seed="n3", hosts=["n1"])

    assert nodes(lab, "n3") == {"n1", "n3"}
    assert len(effects(lab, "n1", "install")) == 2


@pytest.mark.slow
def test_a_former_seed_of_others_is_refused(lab: Lab, installed: Steps) -> None:
    installed.apply("join_control_plane", **SECOND)
    installed.undo("join_control_plane", **SECOND)
    installed.mark = OTHERS

    with pytest.raises(
        StepFailed, match="cannot start afresh: job job-a of cluster prod"
    ) as caught:
        installed.apply("join_workers", seed="n3", hosts=["n1"])

    assert caught.value.kind == "Permanent"
    assert len(effects(lab, "n1", "install")) == 1


def test_an_undo_waits_for_the_join_that_a_lost_attempt_left_running(
    lab: Lab, installed: Steps
) -> None:
    slow = {"match": "microk8s join", "action": "slow", "seconds": 2, "times": 1}
    lab.add_fault("n2", slow)
    installed.begin("join_control_plane", "apply", SECOND)
    wait_until(lambda: lab.exec("n2", "pgrep -f '[j]oin\\.py'").returncode == 0)
    installed.kill()

    installed.undo("join_control_plane", **SECOND)

    assert nodes(lab) == {"n1"}
    assert lab.exec("n2", "pgrep -f '[j]oin\\.py'").returncode != 0


def test_an_api_server_that_is_published_under_another_address_keeps_workers_away(
    lab: Lab, installed: Steps
) -> None:
    args = "/var/snap/microk8s/current/args/kube-apiserver"
    lab.exec("n1", f"sed -i 's/^--advertise-address=.*/--advertise-address=10.79.0.99/' {args}")
    lab.exec("n1", "snap restart microk8s.daemon-kubelite")
    wait_until(
        lambda: (
            "10.79.0.99"
            in lab.exec("n1", "/snap/bin/microk8s kubectl get endpoints kubernetes").stdout
        )
    )

    with pytest.raises(StepFailed) as caught:
        installed.apply("join_workers", **WORKER, look_seconds=1)

    assert "lack n1 (10.79.0.11) and name 10.79.0.99" in caught.value.message
    assert "--advertise-address" in caught.value.answer["error"]["advice"]
    assert effects(lab, "n1", "join-requested") == []
