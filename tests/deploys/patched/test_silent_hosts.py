"""Hosts that are gone in mid-command are told; hosts that only work in silence are not cut off.

The lab's relay acknowledges TCP for its hosts, as a jump host or a balancer does.
"""

import gc
import time

import gevent
import pytest
from gevent.monkey import get_original
from probes import Connection, HostName, script
from sshd_setup import await_file

from deploy_scripts.ssh import keepalive
from deploy_scripts.ssh.connections import close_idle

QUICK = 0.1
"""A tenth of the real pause between two looks: what takes 22 s takes 2.2."""
FAULTS = {
    "power cut": ("n1", lambda lab: lab.kill("n1"), lambda lab: lab.boot("n1")),
    "network cut": ("n2", lambda lab: lab.partition("n2", "outside"), lambda lab: lab.heal()),
    "frozen": ("n3", lambda lab: lab.freeze("n3"), lambda lab: lab.thaw("n3")),
}
TEXT = "touch /run/begun; sleep 60"


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(keepalive, "LOOK_SECONDS", QUICK)


def strike_in_mid_command(make_fleet, lab, faults, **given):
    """Run a command and strike once it runs on the hosts; return the failures and the seconds."""
    struck = []

    def act():
        for host, _, _ in faults:
            await_file(lab, host, "/run/begun")
        for _, strike, _ in faults:
            strike(lab)
        struck.append(time.monotonic())

    acting = gevent.spawn(act)
    hosts = [host for host, _, _ in faults]
    try:
        fleet = make_fleet()
        _, failures = fleet.try_run(script, on=hosts, text=TEXT, timeout=99, limit=99, **given)
        ended = time.monotonic()
    finally:
        acting.join()
        for _, _, mend in faults:
            mend(lab)
    return sorted(failures, key=lambda failure: failure.host), ended - struck[0]


def test_a_host_that_is_gone_in_mid_command_is_told_within_30_s(make_fleet, lab):
    failures, seconds = strike_in_mid_command(make_fleet, lab, FAULTS.values())

    assert seconds < 30
    assert [failure.host for failure in failures] == ["n1", "n2", "n3"]
    for failure in failures:
        host = failure.host
        assert failure.code == "unreachable"
        assert failure.message.startswith(f"cannot try it on {host}: the SSH connection to ")
        assert f"{host} has answered nothing for 22 s" in failure.message
        assert failure.message.endswith("; the command may still run on the host")


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_host_that_is_gone_while_it_takes_a_long_input_is_told(make_fleet, lab, quick, fault):
    [failure], seconds = strike_in_mid_command(make_fleet, lab, [fault], stdin="x" * 20_000_000)

    assert seconds < 10
    assert "has answered nothing" in failure.message


def test_a_command_that_is_silent_on_a_living_host_is_left_alone(make_fleet, quick):
    silent_looks = keepalive.GIVE_UP_AFTER * QUICK

    printed = make_fleet().run(script, on=["n1"], text=f"sleep {silent_looks * 2}; echo done")

    assert printed == {"n1": ("done",)}


def test_a_host_whose_processors_are_all_busy_is_left_alone(make_fleet, quick):
    # Longer than the 2.2 s after which a host that says nothing is given up.
    text = "for i in 1 2 3 4 5 6; do (timeout 3 sh -c 'while :; do :; done') & done; wait; echo ok"

    assert make_fleet().run(script, on=["n1"], text=text) == {"n1": ("ok",)}


def test_a_process_that_did_not_run_for_a_while_does_not_blame_the_host(make_fleet, quick):
    fleet = make_fleet()
    before = fleet.facts(Connection, on=["n1"])
    gevent.sleep(QUICK * 3)

    # No greenlet runs either, as while a Celery child waits for its next task.
    stand_still = get_original("time", "sleep")
    stand_still(keepalive.GIVE_UP_AFTER * QUICK * 2)
    gevent.sleep(QUICK * 3)

    assert fleet.facts(Connection, on=["n1"]) == before


def test_a_host_that_freezes_between_two_commands_is_told(make_fleet, lab, monkeypatch):
    monkeypatch.setattr("deploy_scripts.ssh.connection.CHANNEL_SECONDS", 1)
    fleet = make_fleet(connect_timeout=1)
    fleet.facts(HostName, on=["n1"])
    lab.freeze("n1")
    began = time.monotonic()

    try:
        _, [failure] = fleet.try_facts(HostName, on=["n1"])
        ended = time.monotonic()
    finally:
        lab.thaw("n1")

    assert ended - began < 5
    assert failure.code == "unreachable"
    # No command was sent, so none can still run.
    assert failure.message.startswith("cannot reach n1 at ")
    assert fleet.facts(HostName, on=["n1"]) == {"n1": "n1"}


def test_an_idle_connection_whose_host_freezes_is_replaced_for_the_next_command(
    make_fleet, lab, quick
):
    fleet = make_fleet()
    before = fleet.facts(Connection, on=["n1"])
    lab.freeze("n1")
    gevent.sleep(keepalive.GIVE_UP_AFTER * QUICK * 1.5)
    lab.thaw("n1")

    assert fleet.facts(Connection, on=["n1"]) != before


def test_a_host_that_freezes_while_it_is_being_connected_is_told(make_fleet, lab):
    lab.freeze("n1")
    began = time.monotonic()

    try:
        _, [failure] = make_fleet(connect_timeout=1).try_facts(HostName, on=["n1"])
        ended = time.monotonic()
    finally:
        lab.thaw("n1")

    assert ended - began < 5
    assert failure.code == "unreachable"
    assert failure.message.startswith("cannot reach n1 at ")


def watches() -> int:
    gc.collect()
    alive = [found for found in gc.get_objects() if isinstance(found, gevent.Greenlet)]
    return sum("Keepalive" in repr(found) and not found.dead for found in alive)


def test_connections_that_are_closed_leave_no_watch_behind(make_fleet, quick):
    for _ in range(3):
        fleet = make_fleet()
        fleet.facts(HostName, on=["n1", "n2", "n3"])
        fleet.close()
    gevent.sleep(QUICK * (keepalive.ASK_AFTER + 3))
    assert watches() == 3  # one for each idle connection, however often it was handed on

    close_idle()
    gevent.sleep(QUICK * 3)

    assert watches() == 0
