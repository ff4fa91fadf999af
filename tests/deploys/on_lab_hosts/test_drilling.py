"""A drill's steps on hosts: who is stopped, and how, what the others see, and who starts it."""

from typing import Any

import pytest
from steps import StepFailed, Steps, wait_until

from lab import Lab

OURS = {"installation": "first", "cluster": "prod", "job": "job-a"}
MEMBERS = ["n1", "n2", "n3"]
WORKER: dict[str, Any] = {"host": "n4", "seed": "n1", "target": "worker", "control_plane": MEMBERS}
MEMBER: dict[str, Any] = {**WORKER, "host": "n3", "seed": "n1", "target": "node", "how": "kill"}
KILLED = {"daemon-kubelite", "daemon-k8s-dqlite"}
LEFT = "ls /run/systemd/system/*.d/clusterwright-drill.conf /run/clusterwright-drill* 2>/dev/null"
RUN = "/usr/local/bin/systemd-run"
TIMER = "systemctl is-active clusterwright-drill.timer"


@pytest.fixture(scope="module")
def lab(steps_lab: Lab, step_process: Steps) -> Lab:
    """Three control plane nodes and a worker, which each test leaves at work."""
    steps_lab.heal()
    steps_lab.reset()
    step_process.mark = OURS
    step_process.apply("install_microk8s", hosts=[*MEMBERS, "n4"], channel="1.32/stable")
    for place, host in enumerate(MEMBERS[1:], start=2):
        step_process.apply("join_control_plane", seed="n1", host=host, expected_members=place)
    step_process.apply("join_workers", seed="n1", hosts=["n4"])
    return steps_lab


@pytest.fixture
def drilled(lab: Lab, steps: Steps) -> Steps:
    """The steps of another job than the one that made the cluster, with nothing noted."""
    steps.kill()
    steps.mark = OURS | {"job": "job-b"}
    return steps


def active(lab: Lab, host: str) -> set[str]:
    rows = lab.exec(host, "snap services microk8s").stdout.splitlines()
    return {row.split()[0].removeprefix("microk8s.") for row in rows if " active " in row}


def is_timer_set(lab: Lab, host: str) -> bool:
    return lab.exec(host, TIMER).stdout == "active\n"


def by_lead(steps: Steps) -> list[str]:
    """The members, the one that leads first."""
    seen = steps.apply("observe", control_plane=MEMBERS, workers=["n4"])["observation"]
    return [row["host"] for row in sorted(seen["members"], key=lambda row: not row["leader"])]


def watched(steps: Steps, stopped: dict[str, Any], seconds: float, observers: list[str]) -> Any:
    args = {"host": stopped["host"], "observers": observers, "seconds": seconds}
    args["look_seconds"] = seconds + 5
    return steps.apply("watch_drill", **args, stop_for_drill=stopped)


def test_a_worker_is_stopped_watched_and_started_and_each_step_may_come_twice(
    lab: Lab, drilled: Steps
) -> None:
    ran = active(lab, "n4")

    for _ in range(2):
        stopped = drilled.apply("stop_for_drill", **WORKER, heal_seconds=300)
    is_set = is_timer_set(lab, "n4")
    told = watched(drilled, stopped, 4, MEMBERS)
    down = active(lab, "n4")
    for _ in range(2):
        started = drilled.apply("start_after_drill", host="n4", seed="n1", is_member=False)

    assert (stopped["target"], stopped["how"], stopped["voters"]) == ("worker", "stop", 3)
    assert (is_set, down) == (True, set())
    assert "not_ready" in told["seen"]
    assert [row["silent"] for row in told["log"]] == [[]]
    assert started["kept"] in (0, told["written"])  # the second time it is taken off already
    assert active(lab, "n4") == ran
    assert not is_timer_set(lab, "n4")


def test_a_member_that_is_killed_hands_nothing_over_and_is_started_with_what_systemd_held(
    lab: Lab, drilled: Steps
) -> None:
    ran = active(lab, "n3")

    stopped = drilled.apply("stop_for_drill", **MEMBER, heal_seconds=300)
    told = watched(drilled, stopped, 3, ["n1", "n2"])
    left = active(lab, "n3")
    started = drilled.apply("start_after_drill", host="n3", seed="n1", is_member=True)

    assert (stopped["how"], left) == ("kill", ran - KILLED)
    assert started["kept"] >= told["written"] > 0
    assert active(lab, "n3") == ran
    assert lab.exec("n3", LEFT).stdout == ""


@pytest.mark.slow
def test_another_takes_writes_in_the_place_of_a_leader_that_was_killed(
    lab: Lab, drilled: Steps
) -> None:
    leader, *others = by_lead(drilled)
    killed = {**WORKER, "host": leader, "seed": others[0], "target": "leader", "how": "kill"}

    stopped = drilled.apply("stop_for_drill", **killed, heal_seconds=300)
    told = watched(drilled, stopped, 25, others)
    drilled.apply("start_after_drill", host=leader, seed=others[0], is_member=True)

    assert stopped["leader"] == leader
    assert told["log"][-1]["silent"] == []
    assert told["written"] > 0
    drilled.apply("verify_quorum", control_plane=MEMBERS, workers=["n4"], voters=3, settled=True)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_node_that_nobody_comes_back_for_is_started_by_the_timer_of_its_host(
    lab: Lab, drilled: Steps, how: str
) -> None:
    ran = active(lab, "n3")

    drilled.apply("stop_for_drill", **MEMBER | {"how": how}, heal_seconds=6)
    drilled.kill()
    down = active(lab, "n3")
    wait_until(lambda: active(lab, "n3") == ran, seconds=60)

    assert not down & KILLED
    wait_until(lambda: not is_timer_set(lab, "n3"))
    assert lab.exec("n3", LEFT).stdout == ""


def test_a_host_that_takes_no_timer_is_not_stopped(lab: Lab, drilled: Steps) -> None:
    ran = active(lab, "n4")
    refusing = {"match": "systemd-run", "action": "fail-before", "times": 1}

    lab.add_fault("n4", refusing)
    with pytest.raises(StepFailed) as refused:
        drilled.apply("stop_for_drill", **WORKER, heal_seconds=300)
    lab.exec("n4", f"mv {RUN} {RUN}.real; install -m 755 /bin/true {RUN}")
    with pytest.raises(StepFailed) as lied:
        drilled.apply("stop_for_drill", **WORKER, heal_seconds=300)
    lab.exec("n4", f"mv {RUN}.real {RUN}")

    assert (refused.value.kind, lied.value.kind) == ("Transient", "Transient")
    assert lied.value.message.startswith("cannot drill with n4: it was told to set timer")
    assert active(lab, "n4") == ran


def test_who_does_not_lead_any_more_is_not_stopped_as_the_leader(lab: Lab, drilled: Steps) -> None:
    _, host, _ = by_lead(drilled)
    ran = active(lab, host)

    with pytest.raises(StepFailed) as failed:
        drilled.apply("stop_for_drill", **MEMBER | {"host": host, "target": "leader"})

    assert failed.value.kind == "Permanent"
    assert "leads the datastore by now" in failed.value.message
    assert active(lab, host) == ran
    assert not is_timer_set(lab, host)


def test_a_node_that_was_at_work_at_the_end_shows_nothing_and_an_undo_starts_all_of_it(
    lab: Lab, drilled: Steps
) -> None:
    ran = active(lab, "n4")
    stopped = drilled.apply("stop_for_drill", **WORKER, heal_seconds=300)
    lab.exec("n4", "snap start microk8s.daemon-kubelite")

    with pytest.raises(StepFailed) as failed:
        watched(drilled, stopped, 0.5, ["n1"])
    drilled.undo("stop_for_drill", **WORKER, heal_seconds=300)

    assert failed.value.kind == "Permanent"
    assert "daemon-kubelite ran there 0.5 s after snapd was told" in failed.value.message
    assert active(lab, "n4") == ran
    assert not is_timer_set(lab, "n4")


def test_a_node_of_another_installation_is_not_stopped(lab: Lab, drilled: Steps) -> None:
    drilled.mark = OURS | {"installation": "second"}
    ran = active(lab, "n4")

    with pytest.raises(StepFailed) as failed:
        drilled.apply("stop_for_drill", **WORKER)

    assert failed.value.kind == "Permanent"
    assert "job job-a of cluster prod, installation first" in failed.value.message
    assert active(lab, "n4") == ran
    assert not is_timer_set(lab, "n4")
