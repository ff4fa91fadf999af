"""What a fleet does when hosts cannot be reached, or stop to answer."""

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from probes import Connection, HostName, script
from variants import first_of

from cluster.actions import Action
from deploy_scripts.fleet.errors import Permanent, Transient


def other_host_key(tmp_path: Path) -> str:
    import subprocess

    path = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", path], check=True)
    return " ".join((tmp_path / "other.pub").read_text().split()[:2])


def test_another_host_key_than_the_pinned_one_is_refused_and_both_are_named(
    make_fleet, targets, tmp_path
):
    impostor = replace(targets["n1"], host_key=other_host_key(tmp_path))

    with pytest.raises(Permanent) as raised:
        make_fleet(impostor).facts(HostName, on=["n1"])

    [failure] = raised.value.failures
    assert failure.code == "host-key-changed"
    assert failure.message.count("SHA256:") == 2
    assert failure.actions == (Action.REPIN_HOST.of(host="n1"),)


def test_a_wrong_user_is_named_with_the_key(make_fleet, targets):
    stranger = replace(targets["n1"], user="nobody-here")

    with pytest.raises(Permanent, match=r"authentication failed for user nobody-here with key /"):
        make_fleet(stranger).run(script, on=["n1"], text="exit 0")


@pytest.mark.parametrize("content", [None, "no key at all"], ids=["missing", "garbage"])
def test_a_key_that_cannot_be_read_is_named(make_fleet, targets, tmp_path, content):
    path = tmp_path / "key"
    if content:
        path.write_text(content)
    locked_out = replace(targets["n1"], key_file=str(path))

    _, [failure] = make_fleet(locked_out).try_facts(HostName, on=["n1"])

    assert failure.code == "authentication-failed"
    assert f"cannot read the SSH key {path}" in failure.message
    assert "no key at all" not in failure.message


@pytest.mark.parametrize("mode", first_of([0o644, 0o620, 0o604]))
def test_a_key_that_others_can_use_is_refused_with_the_command_that_mends_it(
    make_fleet, targets, tmp_path, mode
):
    path = tmp_path / "open"
    path.write_bytes(Path(targets["n1"].key_file).read_bytes())
    path.chmod(mode)
    target = replace(targets["n1"], key_file=str(path))

    _, [failure] = make_fleet(target).try_facts(HostName, on=["n1"])

    assert failure.code == "authentication-failed"
    assert f"(mode {mode:o})" in failure.message
    assert f"chmod 600 {path}" in failure.advice
    path.chmod(0o600)
    assert make_fleet(target).facts(HostName, on=["n1"]) == {"n1": "n1"}


def test_a_port_on_which_nobody_listens_is_named(make_fleet, targets):
    closed = replace(targets["n1"], address="127.0.0.1", port=1)

    with pytest.raises(Transient, match=r"cannot reach n1 at 127\.0\.0\.1:1: .*refused") as raised:
        make_fleet(closed).facts(HostName, on=["n1"])

    assert raised.value.failures[0].code == "unreachable"


def test_hosts_that_cannot_be_reached_do_not_keep_the_others_from_working(
    make_fleet, targets, tmp_path
):
    chosen = (
        replace(targets["n1"], host_key=other_host_key(tmp_path)),
        replace(targets["n2"], address="127.0.0.1", port=1),
        targets["n3"],
    )

    found, failures = make_fleet(*chosen).try_facts(HostName, on=["n1", "n2", "n3"])

    assert found == {"n3": "n3"}
    assert {failure.host: failure.code for failure in failures} == {
        "n1": "host-key-changed",
        "n2": "unreachable",
    }


def test_a_host_without_power_is_unreachable_and_its_neighbours_are_not(make_fleet, lab):
    lab.kill("n2")

    try:
        found, failures = make_fleet(connect_timeout=1).try_facts(HostName, on=["n1", "n2"])
    finally:
        lab.boot("n2")

    assert found == {"n1": "n1"}
    assert [(failure.host, failure.code) for failure in failures] == [("n2", "unreachable")]


def test_missing_sudo_rights_come_with_the_way_out_and_without_a_prompt(make_fleet, targets):
    guest = replace(targets["n1"], user="ops")

    _, [failure] = make_fleet(guest).try_facts(HostName, on=["n1"])

    assert "sudo: a password is required" in failure.message
    assert "NOPASSWD" in failure.advice


def test_a_command_is_ended_on_the_host_at_its_limit(fleet, lab):
    text = "echo begun; sleep 4321"

    _, [failure] = fleet.try_run(script, on=["n1"], timeout=1, text=text, limit=1)

    assert failure.code == "timeout"
    assert failure.message == "cannot try it on n1: it did not end within 1 s; it said last: begun"
    deadline = time.monotonic() + 5
    while lab.exec("n1", "pgrep -f 'sleep 4321' | grep -vw $$").stdout:
        assert time.monotonic() < deadline, "it still runs"


def test_a_host_that_freezes_is_given_up_at_the_limit(fleet, lab, monkeypatch):
    monkeypatch.setattr("deploy_scripts.fleet.fleet.LOCAL_MARGIN_SECONDS", 1)
    fleet.facts(HostName, on=["n1"])
    lab.freeze("n1")
    began = time.monotonic()

    try:
        _, [failure] = fleet.try_run(script, on=["n1"], timeout=1, text="exit 0")
    finally:
        lab.thaw("n1")

    assert failure.code == "timeout"
    assert time.monotonic() - began < 4
    assert fleet.facts(HostName, on=["n1"]) == {"n1": "n1"}


def test_a_host_that_loses_power_in_the_middle_is_noticed(make_fleet, lab, monkeypatch):
    monkeypatch.setattr("deploy_scripts.ssh.wire.UNACKNOWLEDGED_MS", 1000)
    monkeypatch.setattr("deploy_scripts.ssh.keepalive.LOOK_SECONDS", 0.1)
    reported = threading.Event()
    fleet = make_fleet(report=lambda report: reported.set())
    threading.Thread(target=lambda: reported.wait(10) and lab.kill("n1")).start()
    began = time.monotonic()

    try:
        _, [failure] = fleet.try_run(script, on=["n1"], timeout=30, text="sleep 60", limit=60)
    finally:
        lab.boot("n1")

    assert failure.code == "unreachable"
    assert "broke" in failure.message
    assert time.monotonic() - began < 15


def test_an_abort_ends_what_is_in_flight_at_once_and_for_good(make_fleet):
    reported = threading.Event()
    fleet = make_fleet(report=lambda report: reported.set())
    threading.Thread(target=lambda: reported.wait(10) and fleet.abort()).start()
    began = time.monotonic()

    _, failures = fleet.try_run(script, on=["n1", "n2"], text="sleep 15")

    assert time.monotonic() - began < 3
    assert sorted(failure.host for failure in failures) == ["n1", "n2"]
    with pytest.raises(Transient, match="the run was interrupted"):
        fleet.facts(HostName, on=["n1"])


def test_an_abort_ends_a_connection_that_is_being_made(make_fleet, lab):
    fleet = make_fleet(connect_timeout=10)
    lab.freeze("n1")
    threading.Timer(0.3, fleet.abort).start()
    began = time.monotonic()

    try:
        _, [failure] = fleet.try_facts(HostName, on=["n1"])
    finally:
        lab.thaw("n1")

    assert time.monotonic() - began < 3
    assert failure.code == "unreachable"


def test_a_connection_that_died_between_two_runs_is_replaced(fleet, lab):
    before = fleet.facts(Connection, on=["n1"])

    lab.reboot("n1")

    assert fleet.facts(Connection, on=["n1"]) != before


def test_fleets_leave_no_open_files_behind(make_fleet, targets):
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))

    closed = replace(targets["n2"], address="127.0.0.1", port=1)
    counts = []
    for _ in range(6):
        fleet = make_fleet(targets["n1"], closed)
        fleet.try_run(script, on=["n1", "n2"], text="exit 1")
        fleet.close()
        counts.append(open_files())

    assert len(set(counts[1:])) == 1
