"""Transient timers, and services that are killed: what the host's systemd does with them."""

import os
from collections.abc import Iterator

import pytest
from emulated import Hosts, poll

from lab import Lab

KUBELITE, DQLITE = (f"snap.microk8s.daemon-{name}" for name in ("kubelite", "k8s-dqlite"))
LATER = "systemd-run --collect --unit=later --on-active={} touch /root/elapsed"
STAYS_DOWN = (
    f"mkdir -p /run/systemd/system/{KUBELITE}.service.d && "
    f"printf '[Service]\\nRestart=no\\n' >/run/systemd/system/{KUBELITE}.service.d/drill.conf"
)


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    with Lab.up(1, name=f"emulator-timers-{os.getpid()}") as lab:
        hosts = Hosts(lab)
        hosts.install("n1")
        yield hosts


def state(hosts: Hosts, unit: str) -> str:
    return hosts.out("n1", f"systemctl is-active {unit}").strip()


def kill(hosts: Hosts, *units: str) -> int:
    return hosts.run("n1", f"systemctl kill --signal=KILL {' '.join(units)}").returncode


def test_a_timer_runs_its_command_once_and_is_gone_then(hosts: Hosts) -> None:
    said = hosts.run("n1", LATER.format("1s"))
    was = state(hosts, "later.timer")

    poll(lambda: hosts.run("n1", "test -e /root/elapsed").returncode == 0, "the timer to elapse")

    assert (said.returncode, said.stderr.splitlines()[0]) == (
        0,
        "Running timer as unit: later.timer",
    )
    assert was == "active"
    poll(lambda: state(hosts, "later.timer") == "inactive", "the timer to be gone")


def test_a_timer_that_is_stopped_runs_nothing_and_its_name_is_free_again(hosts: Hosts) -> None:
    hosts.run("n1", LATER.format(600))
    again = hosts.run("n1", LATER.format(600))

    stopped = hosts.run("n1", "systemctl stop later.timer")
    once_more = hosts.run("n1", "systemctl stop later.timer")

    assert again.returncode == 1
    assert "Unit later.timer was already loaded" in again.stderr
    assert (stopped.returncode, once_more.returncode) == (0, 5)
    assert hosts.effects("n1", "timer-elapsed")[1:] == []
    assert hosts.run("n1", LATER.format(600)).returncode == 0


def test_a_service_that_is_killed_is_started_again_unless_a_drop_in_says_no(hosts: Hosts) -> None:
    assert kill(hosts, KUBELITE, DQLITE) == 0
    poll(lambda: state(hosts, KUBELITE) == state(hosts, DQLITE) == "active", "both to be back")

    hosts.run("n1", f"{STAYS_DOWN} && systemctl daemon-reload")
    assert kill(hosts, KUBELITE, DQLITE) == 0
    poll(lambda: state(hosts, DQLITE) == "active", "the datastore to be back")
    hosts.run("n1", "snap start microk8s.daemon-containerd")  # waits for whoever starts services

    assert state(hosts, KUBELITE) == "inactive"
    assert kill(hosts, KUBELITE) == 1
    hosts.run("n1", "snap start microk8s")
    assert state(hosts, KUBELITE) == "active"
