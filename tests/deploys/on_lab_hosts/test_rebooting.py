"""Hosts of nodes are rebooted and their packages upgraded: judged by what the hosts show then."""

from collections.abc import Iterator

import pytest
from steps import StepFailed, Steps

from lab import Lab

OURS = {"installation": "first", "cluster": "prod", "job": "job-a"}
MEMBERS = ["n1", "n2", "n3"]
WORKER = {"seed": "n1", "hosts": ["n4"], "is_member": False}
ALONE = {"seed": "n1", "hosts": ["n1"], "is_member": True}
PACKAGES = {"hosts": ["n1", "n4"]}


@pytest.fixture(scope="module")
def saved_pair(steps_lab: Lab, step_process: Steps) -> str:
    """Save a control plane node and a worker; return the name of that."""
    steps_lab.heal()
    steps_lab.reset()
    step_process.mark = OURS
    step_process.apply("install_microk8s", hosts=["n1", "n4"], channel="1.32/stable")
    step_process.apply("join_workers", seed="n1", hosts=["n4"])
    steps_lab.save("pair-to-reboot")
    return "pair-to-reboot"


@pytest.fixture
def pair(saved_pair: str, steps_lab: Lab, steps: Steps) -> Iterator[Steps]:
    """Have the pair as it was, for another job than the one that made it, and nothing noted."""
    steps_lab.restore(saved_pair)
    steps.kill()
    steps.mark = OURS | {"job": "job-b"}
    yield steps
    for host in ("n1", "n4"):
        steps_lab.clear_fault(host)


def boot_of(lab: Lab, host: str) -> str:
    return lab.exec(host, "cat /proc/sys/kernel/random/boot_id").stdout.strip()


def asked(steps: Steps) -> list[str]:
    """Return the hosts that the last call told to reboot."""
    rows = steps.last["reports"]
    return [host for host, status, what, _ in rows if (status, what) == ("running", "Reboot")]


def test_a_worker_that_has_rebooted_is_at_work_again_and_not_rebooted_a_second_time(
    lab: Lab, pair: Steps
) -> None:
    former, others = boot_of(lab, "n4"), boot_of(lab, "n1")

    pair.apply("reboot_hosts", **WORKER)
    rebooted = boot_of(lab, "n4")
    asked_at_first = asked(pair)
    pair.kill()
    pair.call("reboot_hosts", "apply", WORKER, noted={"n4": former})

    assert rebooted != former
    assert (asked_at_first, asked(pair)) == (["n4"], [])
    assert boot_of(lab, "n4") == rebooted
    assert boot_of(lab, "n1") == others


def test_the_only_control_plane_node_sees_itself_at_work_again(lab: Lab, pair: Steps) -> None:
    former = boot_of(lab, "n1")

    pair.apply("reboot_hosts", **ALONE)

    assert boot_of(lab, "n1") != former
    pair.apply("verify_quorum", control_plane=["n1"], workers=["n4"], voters=1)


def test_a_host_that_stays_away_is_waited_for_by_name(lab: Lab, pair: Steps) -> None:
    former = boot_of(lab, "n4")
    lab.kill("n4")

    with pytest.raises(StepFailed) as waits:
        pair.call("reboot_hosts", "apply", WORKER, has_waited=True, noted={"n4": former})
    lab.boot("n4")
    booted = boot_of(lab, "n4")
    pair.call("reboot_hosts", "apply", WORKER, noted={"n4": former})

    assert waits.value.kind == "NotYet"
    assert waits.value.message.startswith("n4 is away (cannot reach n4 at ")
    assert boot_of(lab, "n4") == booted


@pytest.mark.slow
def test_a_host_that_nobody_reaches_before_its_reboot_fails_the_step(lab: Lab, pair: Steps) -> None:
    lab.kill("n4")

    with pytest.raises(StepFailed) as failed:
        pair.apply("reboot_hosts", **WORKER)

    assert failed.value.kind == "Transient"
    assert failed.value.message.startswith("cannot reboot: n4: cannot reach n4")


def test_a_host_that_does_not_reboot_is_asked_once_while_it_is_waited_for(
    lab: Lab, pair: Steps
) -> None:
    deaf = "for name in systemctl reboot; do printf '#!/bin/sh\\ntrue\\n' >/root/$name; "
    deaf += "chmod +x /root/$name; mv /root/$name /usr/local/bin/$name; done"
    assert lab.exec("n4", deaf).returncode == 0

    told = []
    for call in (pair.apply, pair.look_again, pair.apply):
        with pytest.raises(StepFailed) as waits:
            call("reboot_hosts", **WORKER, look_seconds=0)
        told.append((waits.value.kind, waits.value.message, asked(pair)))

    waits_for = ("NotYet", "n4 has not rebooted yet")
    assert told == [(*waits_for, ["n4"]), (*waits_for, []), (*waits_for, ["n4"])]


@pytest.mark.slow
def test_a_node_that_does_not_come_back_with_its_host_is_waited_for(lab: Lab, pair: Steps) -> None:
    lab.exec("n4", "snap stop --disable microk8s.daemon-kubelite")

    with pytest.raises(StepFailed) as waits:
        pair.apply("reboot_hosts", **WORKER, look_seconds=8)
    lab.exec("n4", "snap start --enable microk8s.daemon-kubelite")
    pair.look_again("reboot_hosts", **WORKER, look_seconds=8)

    assert (waits.value.kind, waits.value.message) == ("NotYet", "daemon-kubelite of n4 is down")


@pytest.mark.parametrize("step", ["reboot_hosts", "upgrade_packages"])
def test_what_another_installation_put_there_is_left_alone(
    lab: Lab, pair: Steps, step: str
) -> None:
    pair.mark = OURS | {"installation": "second"}
    former = boot_of(lab, "n4")
    lab.exec("n4", "echo openssl >/var/lib/lab/upgradable")

    with pytest.raises(StepFailed) as failed:
        pair.apply(step, **(WORKER if step == "reboot_hosts" else {"hosts": ["n4"]}))

    assert failed.value.kind == "Permanent"
    assert "job job-a of cluster prod, installation first" in failed.value.message
    assert boot_of(lab, "n4") == former
    assert lab.exec("n4", "cat /var/lib/lab/upgradable").stdout == "openssl\n"


@pytest.mark.slow
def test_a_control_plane_node_is_rebooted_while_the_others_hold_quorum(
    lab: Lab, steps: Steps
) -> None:
    steps.mark = OURS
    steps.apply("install_microk8s", hosts=MEMBERS, channel="1.32/stable")
    for place, host in enumerate(MEMBERS[1:], start=2):
        steps.apply("join_control_plane", seed="n1", host=host, expected_members=place)
    former = [boot_of(lab, host) for host in MEMBERS]

    steps.apply("reboot_hosts", seed="n2", hosts=["n1"], is_member=True)

    changed = [boot_of(lab, host) != boot for host, boot in zip(MEMBERS, former, strict=True)]
    assert changed == [True, False, False]
    steps.apply("verify_quorum", control_plane=MEMBERS, workers=[], voters=3, settled=True)


def test_packages_are_upgraded_and_those_that_are_kept_back_are_told(lab: Lab, pair: Steps) -> None:
    lab.exec(
        "n1", "echo openssl >/var/lib/lab/upgradable; echo linux-generic >/var/lib/lab/kept-back"
    )

    output = pair.apply("upgrade_packages", **PACKAGES)

    assert output == {"kept_back": {"n1": ["linux-generic"], "n4": []}}
    assert lab.exec("n1", "apt-get -s upgrade | grep -c ^Inst").stdout.strip() == "0"


def test_packages_that_are_left_although_apt_get_reports_success_fail_the_step(
    lab: Lab, pair: Steps
) -> None:
    shim = "sed -i 's/|| rm -f .*/|| true/' /usr/local/bin/apt-get; "
    lab.exec("n1", f"{shim} echo openssl >/var/lib/lab/upgradable")

    with pytest.raises(StepFailed) as failed:
        pair.apply("upgrade_packages", **PACKAGES)

    assert failed.value.kind == "Transient"
    assert failed.value.message.endswith("n1 has openssl to upgrade still")
