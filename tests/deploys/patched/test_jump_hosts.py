"""Hosts that are reached through others, whose keys are pinned as well."""

import time
from dataclasses import replace

import gevent
import pytest
from probes import Connection, HostName, script
from sshd_setup import await_file, configure, host_key

from cluster.actions import Action
from deploy_scripts.fleet.errors import Permanent, Transient
from deploy_scripts.ssh import keepalive
from deploy_scripts.ssh.connections import close_idle

pytestmark = pytest.mark.usefixtures("lab")


def through(jump, target):
    """Return a target that is reached as seen from another: by its address in the lab, port 22."""
    return replace(target, address=target.node_address, port=22, jump=jump)


@pytest.fixture
def behind(targets):
    """n2 and n3 behind n1."""
    return {name: through(targets["n1"], targets[name]) for name in ("n2", "n3")}


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(keepalive, "LOOK_SECONDS", 0.1)


def seen_from(lab, host):
    """Return the addresses that a host has SSH connections from."""
    listing = lab.exec(host, "ss -Htn state established 'sport = :22'").stdout
    return sorted(line.split()[3].rpartition(":")[0] for line in listing.splitlines())


def test_hosts_are_reached_through_another_which_is_no_host_of_the_fleet(
    make_fleet, lab, behind, targets
):
    lab.partition("n2", "outside")
    lab.partition("n3", "outside")
    fleet = make_fleet(*behind.values())

    assert fleet.facts(HostName, on=["n2", "n3"]) == {"n2": "n2", "n3": "n3"}
    source = fleet.facts(Connection, on=["n2"])["n2"].split()[0]
    assert source == targets["n1"].node_address


def test_the_connection_to_a_jump_host_is_one_for_all_behind_it_and_is_kept_for_the_next_fleet(
    make_fleet, lab, behind
):
    first = make_fleet(*behind.values())
    before = first.facts(Connection, on=["n2", "n3"])
    assert len(seen_from(lab, "n1")) == 1
    first.close()

    after = make_fleet(*behind.values()).facts(Connection, on=["n2", "n3"])

    assert after == before
    assert len(seen_from(lab, "n1")) == 1


def test_idle_connections_are_closed_with_those_to_their_jump_hosts(make_fleet, lab, behind, quick):
    fleet = make_fleet(*behind.values())
    fleet.facts(HostName, on=["n2", "n3"])
    fleet.close()

    close_idle()

    deadline = time.monotonic() + 5
    while seen_from(lab, "n1"):
        assert time.monotonic() < deadline
        gevent.sleep(0.05)


def test_a_jump_host_may_be_a_host_of_the_fleet_too(make_fleet, behind, targets):
    fleet = make_fleet(targets["n1"], behind["n2"])

    assert fleet.facts(HostName, on=["n1", "n2"]) == {"n1": "n1", "n2": "n2"}


def test_there_may_be_more_than_one_on_the_way(make_fleet, behind, targets):
    far = through(behind["n2"], targets["n3"])

    connections = make_fleet(far).facts(Connection, on=["n3"])

    assert connections["n3"].split()[0] == targets["n2"].node_address


def test_the_pinned_key_of_a_jump_host_is_checked_and_it_is_named(make_fleet, lab, targets):
    wrong = replace(targets["n1"], host_key=targets["n3"].host_key)

    with pytest.raises(Permanent) as raised:
        make_fleet(through(wrong, targets["n2"])).facts(HostName, on=["n2"])

    [failure] = raised.value.failures
    assert (failure.host, failure.code) == ("n2", "host-key-changed")
    assert failure.message.startswith(
        "cannot reach n2 through jump host n1: cannot trust n1 at 127."
    )
    assert failure.actions == (Action.REPIN_HOST.of(host="n1"),)


def test_the_key_of_a_host_behind_a_jump_host_is_checked_too(make_fleet, behind, targets):
    impostor = replace(behind["n2"], host_key=targets["n3"].host_key)

    with pytest.raises(Permanent) as raised:
        make_fleet(impostor).facts(HostName, on=["n2"])

    [failure] = raised.value.failures
    assert failure.code == "host-key-changed"
    assert failure.message.startswith("cannot trust n2 at 10.79.0.12:22 through n1: ")
    assert failure.actions == (Action.REPIN_HOST.of(host="n2"),)


def test_the_type_of_a_pinned_key_is_asked_for_behind_a_jump_host_too(make_fleet, lab, behind):
    pinned = replace(behind["n2"], host_key=host_key(lab, "rsa", host="n2"))

    assert make_fleet(pinned).facts(HostName, on=["n2"]) == {"n2": "n2"}


def test_a_user_that_a_jump_host_does_not_know_is_told_of_the_jump_host(make_fleet, targets):
    stranger = replace(targets["n1"], user="nobody-here")

    _, [failure] = make_fleet(through(stranger, targets["n2"])).try_facts(HostName, on=["n2"])

    assert failure.code == "authentication-failed"
    assert "through jump host n1: cannot log in to n1" in failure.message
    assert "nobody-here" in failure.message


@pytest.mark.parametrize(
    "setting", ["AllowTcpForwarding no", "PermitOpen 10.79.0.99:22", "DisableForwarding yes"]
)
def test_a_jump_host_that_does_not_connect_onward_is_told_with_the_setting(
    make_fleet, lab, behind, setting
):
    configure(lab, setting)

    with pytest.raises(Permanent) as raised:
        make_fleet(behind["n2"]).facts(HostName, on=["n2"])

    [failure] = raised.value.failures
    assert failure.code == "forwarding-forbidden"
    assert "jump host n1 does not connect onward" in failure.message
    assert "PermitOpen 10.79.0.12:22" in failure.advice


def test_a_port_on_which_nobody_listens_behind_a_jump_host_is_told_as_seen_from_there(
    make_fleet, behind
):
    closed = replace(behind["n2"], port=2)

    with pytest.raises(Transient) as raised:
        make_fleet(closed).facts(HostName, on=["n2"])

    [failure] = raised.value.failures
    assert failure.code == "unreachable"
    assert "cannot reach n2 at 10.79.0.12:2 from jump host n1: " in failure.message
    assert "refused" in failure.message


def test_hosts_that_are_refused_at_once_are_each_told_their_own_reason(make_fleet, lab, behind):
    configure(lab, "PermitOpen 10.79.0.12:2")
    fleet = make_fleet(replace(behind["n2"], port=2), behind["n3"])

    for _ in range(5):
        _, failures = fleet.try_facts(HostName, on=["n2", "n3"])
        assert {failure.host: failure.code for failure in failures} == {
            "n2": "unreachable",
            "n3": "forwarding-forbidden",
        }


def test_a_host_without_power_behind_a_jump_host_is_told(make_fleet, lab, behind):
    lab.kill("n2")

    try:
        found, failures = make_fleet(*behind.values(), connect_timeout=1).try_facts(
            HostName, on=["n2", "n3"]
        )
    finally:
        lab.boot("n2")

    assert found == {"n3": "n3"}
    [failure] = failures
    assert (failure.host, failure.code) == ("n2", "unreachable")
    assert "from jump host n1: no answer within 1 s" in failure.message


def test_all_hosts_behind_a_dead_jump_host_are_told_so_at_once(make_fleet, lab, behind):
    lab.kill("n1")
    began = time.monotonic()

    try:
        fleet = make_fleet(*behind.values(), connect_timeout=2)
        _, failures = fleet.try_facts(HostName, on=["n2", "n3"])
        ended = time.monotonic()
    finally:
        lab.boot("n1")

    assert ended - began < 4
    assert sorted(failure.host for failure in failures) == ["n2", "n3"]
    assert all("through jump host n1: cannot reach n1 at" in f.message for f in failures)


def strike_in_mid_command(fleet, lab, strike, mend):
    struck = []

    def act():
        await_file(lab, "n2", "/run/begun")
        strike()
        struck.append(time.monotonic())

    acting = gevent.spawn(act)
    text = "touch /run/begun; sleep 60"
    try:
        _, [failure] = fleet.try_run(script, on=["n2"], text=text, timeout=99, limit=99)
        ended = time.monotonic()
    finally:
        acting.join()
        mend()
    return failure, ended - struck[0]


def test_a_jump_host_that_freezes_in_mid_command_is_told_and_blamed(make_fleet, lab, behind, quick):
    fleet = make_fleet(behind["n2"])

    failure, seconds = strike_in_mid_command(
        fleet, lab, lambda: lab.freeze("n1"), lambda: lab.thaw("n1")
    )

    assert seconds < 6
    assert failure.code == "unreachable"
    assert "the connection to jump host n1 ended: n1 has answered nothing for" in failure.message
    assert failure.message.endswith("the command may still run on the host")


def test_a_host_that_freezes_behind_a_living_jump_host_is_told_and_blamed(
    make_fleet, lab, behind, quick
):
    fleet = make_fleet(behind["n2"])

    failure, seconds = strike_in_mid_command(
        fleet, lab, lambda: lab.freeze("n2"), lambda: lab.thaw("n2")
    )

    assert seconds < 6
    assert "(n2 has answered nothing for" in failure.message


def test_the_way_is_opened_anew_after_a_jump_host_was_restarted(make_fleet, lab, behind):
    fleet = make_fleet(*behind.values())
    before = fleet.facts(Connection, on=["n2", "n3"])

    lab.reboot("n1")

    after = fleet.facts(Connection, on=["n2", "n3"])
    assert set(after) == {"n2", "n3"}
    assert after != before


def test_a_jump_host_that_died_unnoticed_is_blamed_and_not_the_hosts_behind_it(
    make_fleet, lab, behind, monkeypatch
):
    monkeypatch.setattr(keepalive, "LOOK_SECONDS", 0.2)
    make_fleet(behind["n2"], connect_timeout=2).facts(HostName, on=["n2"])
    lab.freeze("n1")

    try:
        _, [failure] = make_fleet(behind["n3"], connect_timeout=2).try_facts(HostName, on=["n3"])
    finally:
        lab.thaw("n1")

    assert failure.code == "unreachable"
    assert "cannot reach n3 through jump host n1: cannot reach n1 at " in failure.message


def test_an_abort_ends_what_is_in_flight_behind_a_jump_host(make_fleet, lab, behind):
    fleet = make_fleet(*behind.values())
    began = []

    def act():
        await_file(lab, "n2", "/run/begun")
        began.append(time.monotonic())
        fleet.abort()

    acting = gevent.spawn(act)
    text = "touch /run/begun; sleep 30"
    _, failures = fleet.try_run(script, on=["n2", "n3"], text=text, timeout=60, limit=60)

    assert time.monotonic() - began[0] < 3
    acting.join()
    assert {failure.host for failure in failures} == {"n2", "n3"}


def test_an_abort_does_not_wait_for_a_jump_host_that_is_being_connected(make_fleet, lab, behind):
    fleet = make_fleet(*behind.values(), connect_timeout=10)
    lab.freeze("n1")
    aborting = gevent.spawn_later(0.5, fleet.abort)
    began = time.monotonic()

    try:
        _, failures = fleet.try_facts(HostName, on=["n2", "n3"])
        ended = time.monotonic()
    finally:
        lab.thaw("n1")
        aborting.join()

    assert ended - began < 4
    assert len(failures) == 2
