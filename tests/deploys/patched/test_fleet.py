import subprocess
import sys
import time

import pytest
from probes import Connection, HostName, Number, Refused, script, two_scripts

from deploy_scripts.fleet.errors import HostFailure, Transient
from deploy_scripts.fleet.fleet import LOCAL_MARGIN_SECONDS

ALL = ["n1", "n2", "n3"]


def test_a_fact_is_read_of_every_host(fleet):
    assert fleet.facts(HostName, on=ALL) == {"n1": "n1", "n2": "n2", "n3": "n3"}


def test_a_deploy_returns_what_each_host_printed_in_order(fleet):
    printed = fleet.run(two_scripts, on=["n1", "n2"], first="hostname; id -u", second="echo end")

    assert printed == {"n1": ("n1", "0", "end"), "n2": ("n2", "0", "end")}


def test_hosts_work_at_the_same_time(fleet):
    fleet.facts(HostName, on=ALL)
    began = time.monotonic()

    fleet.run(script, on=ALL, text="sleep 0.7")

    assert time.monotonic() - began < 1.4


def test_no_hosts_is_no_work(fleet):
    assert fleet.run(script, on=[], text="exit 1") == {}
    assert fleet.facts(HostName, on=[]) == {}


def test_a_host_that_fails_does_not_stop_the_others(fleet):
    first = "[ $(hostname) != n2 ] || { echo here; echo broken >&2; exit 3; }; sleep 0.2"

    printed, failures = fleet.try_run(two_scripts, on=ALL, first=first, second="echo second")

    assert printed == {"n1": ("second",), "n3": ("second",)}
    assert failures == (
        HostFailure(
            "n2",
            "cannot try the first on n2: broken",
            operation="Try the first",
            command=first[:200],
            exit_code=3,
            lines=("here", "broken"),
        ),
    )


def test_when_all_hosts_fail_each_is_named(fleet):
    with pytest.raises(Transient) as raised:
        fleet.run(script, on=ALL, text="echo no >&2; exit 1")

    assert sorted(failure.host for failure in raised.value.failures) == ALL
    assert str(raised.value).endswith("(and 2 more)")


def test_a_command_that_fails_without_a_word_is_named_by_its_exit_code(fleet):
    _, [failure] = fleet.try_run(script, on=["n1"], text="exit 7")

    assert failure.message == "cannot try it on n1: exit code 7, without a word"
    assert (failure.command, failure.exit_code) == ("exit 7", 7)


def test_the_line_that_a_script_says_has_failed_is_the_command_and_no_output(fleet):
    text = "echo on; echo 'command: snap refresh --hold microk8s' >&2; exit 5"

    _, [failure] = fleet.try_run(script, on=["n1"], text=text)

    assert (failure.command, failure.exit_code) == ("snap refresh --hold microk8s", 5)
    assert failure.lines == ("on",)


def test_only_the_last_lines_of_a_failure_are_kept(fleet):
    _, [failure] = fleet.try_run(script, on=["n1"], text="seq 1 5000; exit 1")

    assert failure.lines == tuple(str(number) for number in range(4991, 5001))


def test_output_that_is_no_utf8_is_no_reason_to_fail(fleet):
    assert fleet.run(script, on=["n1"], text=r"printf 'caf\351\n'") == {"n1": ("caf\ufffd",)}


def test_common_input_reaches_every_host(fleet):
    text = "x" * 300_000

    printed = fleet.run(script, on=["n1", "n2"], text="wc -c", stdin=text)

    assert printed == {"n1": ("300001",), "n2": ("300001",)}


def test_a_command_may_leave_its_input_unread(fleet):
    text = "x" * 5_000_000

    _, [failure] = fleet.try_run(script, on=["n1"], text="echo busy; exit 4", stdin=text)

    assert failure.message == "cannot try it on n1: busy"


def test_a_fact_whose_command_fails_is_a_failure_of_the_host(fleet):
    found, failures = fleet.try_facts(Refused, on=["n1", "n2"])

    assert found == {}
    assert sorted(failure.message for failure in failures) == [
        "cannot read Refused on n1: no such thing",
        "cannot read Refused on n2: no such thing",
    ]


def test_an_answer_that_cannot_be_read_is_shown(fleet):
    assert fleet.facts(Number, on=["n1"], prints="42") == {"n1": 42}

    _, [failure] = fleet.try_facts(Number, on=["n1"], prints="many")

    assert failure.message.startswith("cannot read Number of n1: its answer is not what")
    assert failure.lines == ("many",)


def test_a_defect_in_a_deploy_is_no_failure_of_the_host_and_leaves_the_fleet_usable(fleet):
    with pytest.raises(TypeError):
        fleet.run(script, on=ALL, no_such_argument=1)

    assert fleet.facts(HostName, on=["n1"]) == {"n1": "n1"}


def test_hosts_of_earlier_attempts_are_not_pending(make_fleet):
    reports = []
    fleet = make_fleet(done=["n1"], report=reports.append)

    fleet.mark_done("n3", "1.32/stable", seconds=1.5)

    assert fleet.pending(ALL) == ("n2",)
    assert [(r.host, r.status, r.detail, r.seconds) for r in reports] == [
        ("n3", "done", "1.32/stable", 1.5)
    ]


def test_an_operation_is_reported_when_it_begins_and_when_it_fails(make_fleet):
    reports = []
    fleet = make_fleet(report=reports.append)

    fleet.try_run(script, on=["n1"], text="echo no; exit 1")

    assert [(r.host, r.status, r.operation, r.detail) for r in reports] == [
        ("n1", "running", "Try it", ""),
        ("n1", "failed", "Try it", "cannot try it on n1: no"),
    ]
    assert [r.limit for r in reports] == [60 + LOCAL_MARGIN_SECONDS, None]


def test_what_a_long_command_prints_is_reported_while_it_runs(make_fleet, monkeypatch):
    monkeypatch.setattr("deploy_scripts.fleet.reports.OUTPUT_PAUSE_SECONDS", 0.2)
    reports = []
    fleet = make_fleet(report=reports.append)

    fleet.run(script, on=["n1"], text="for i in 1 2 3 4 5 6; do echo line $i; sleep 0.15; done")

    lines = [r.detail for r in reports if r.status == "running" and r.detail]
    assert 2 <= len(lines) < 6
    assert set(lines) <= {f"line {number}" for number in range(1, 7)}


def test_a_report_that_nobody_can_take_does_not_stop_the_work(make_fleet):
    def refuse(_report):
        raise ConnectionError("the store is down")

    assert make_fleet(report=refuse).run(script, on=["n1"], text="echo ok") == {"n1": ("ok",)}


def test_connections_are_reused_from_run_to_run_and_from_fleet_to_fleet(make_fleet):
    first = make_fleet()
    before = first.facts(Connection, on=ALL)
    first.run(script, on=ALL, text="exit 0")
    first.close()

    assert make_fleet().facts(Connection, on=ALL) == before


def test_an_idle_connection_is_closed_after_a_while(make_fleet, monkeypatch):
    first = make_fleet()
    before = first.facts(Connection, on=["n1"])
    first.close()
    monkeypatch.setattr("deploy_scripts.ssh.connections.IDLE_SECONDS", 0)

    assert make_fleet().facts(Connection, on=["n1"]) != before


def test_gevent_must_have_patched_the_process():
    program = (
        "from deploy_scripts.fleet.fleet import Fleet, Target\n"
        "target = Target('n1', '127.0.0.1', 1, 'root', '/none', 'ssh-ed25519 A', '10.0.0.1')\n"
        "Fleet([target]).try_run(print, on=['n1'])\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert "gevent has not patched this process" in ended.stderr.splitlines()[-1]
