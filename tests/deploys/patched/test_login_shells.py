"""Hosts whose login shell says more than it was asked, or less, and commands that never stop."""

import time
from dataclasses import replace

import pytest
from probes import HostName, Number, script
from variants import first_of

BASHRC = "/root/.bashrc"


@pytest.fixture
def bashrc(lab):
    """Write root's start file on n1; a reset of the lab takes it away again."""

    def write(*lines):
        lab.exec("n1", "printf '%s\\n' " + " ".join(f"'{line}'" for line in lines) + f" >{BASHRC}")

    return write


@pytest.fixture
def account(lab):
    """Give root of n1 another name, as a directory might have it."""
    added = []

    def add(user):
        for file, rest in (
            ("passwd", "x:0:0::/root:/bin/bash"),
            ("shadow", "*:19000:0:99999:7:::"),
        ):
            lab.exec("n1", f"printf '%s\\n' '{user}:{rest}' >>/etc/{file}")
        added.append(user)

    yield add
    for _ in added:
        lab.exec("n1", "sed -i '$d' /etc/passwd; sed -i '$d' /etc/shadow")


@pytest.mark.parametrize("user", first_of(["CORP\\ada", "svc-ops$", "Ada.Lovelace@corp.example"]))
def test_a_user_of_a_directory_logs_in(make_fleet, targets, account, user):
    account(user)

    fleet = make_fleet(replace(targets["n1"], user=user))

    assert fleet.facts(HostName, on=["n1"]) == {"n1": "n1"}
    assert fleet.run(script, on=["n1"], text="echo said") == {"n1": ("said",)}


def test_a_greeting_is_taken_for_no_answer(fleet, bashrc):
    bashrc("echo Welcome to the machine", "echo 12", "echo oops >&2")

    assert fleet.facts(HostName, on=["n1"]) == {"n1": "n1"}
    assert fleet.facts(Number, on=["n1"], prints="42") == {"n1": 42}
    assert fleet.run(script, on=["n1"], text="echo said") == {"n1": ("said",)}


def test_a_greeting_is_not_the_reason_of_a_failure(fleet, bashrc):
    bashrc("echo error: no mail today >&2")

    _, [failure] = fleet.try_run(script, on=["n1"], text="echo broken; exit 3")

    assert failure.message == "cannot try it on n1: broken"
    assert failure.lines == ("broken",)


@pytest.mark.parametrize(
    "line", ["exec true", "exec cat /dev/null", "exit 0"], ids=["true", "cat", "exit"]
)
def test_a_shell_that_runs_nothing_and_says_so_to_nobody_is_named(fleet, bashrc, line):
    bashrc("echo only a greeting", line)

    _, [failure] = fleet.try_facts(HostName, on=["n1"])

    assert failure.code == "no-answer"
    assert failure.message == (
        "cannot read HostName on n1: the login shell of root did not run it (exit code 0); "
        "it said: only a greeting"
    )
    assert ".bashrc" in failure.advice


def test_a_forced_command_is_shown(fleet, lab):
    lab.exec(
        "n1", "sed -i 's/^/command=\"echo Please log in as ops\" /' /root/.ssh/authorized_keys"
    )

    _, [failure] = fleet.try_run(script, on=["n1"], text="echo said")

    assert failure.message.endswith("did not run it (exit code 0); it said: Please log in as ops")
    assert "authorized_keys" in failure.advice


def test_tcsh_does_as_a_login_shell(fleet, lab):
    if lab.exec("n1", "command -v tcsh").returncode != 0:
        pytest.skip("tcsh is not installed on this machine")
    lab.exec(
        "n1", "echo /usr/bin/tcsh >>/etc/shells; sed -i '1s#/bin/bash#/usr/bin/tcsh#' /etc/passwd"
    )

    assert fleet.run(script, on=["n1"], text="if true; then\necho it is; fi") == {"n1": ("it is",)}


def test_a_command_that_babbles_is_given_up_and_nothing_of_it_is_believed(fleet, monkeypatch):
    monkeypatch.setattr("deploy_scripts.fleet.connector.MOST_BYTES", 100_000)

    _, [failure] = fleet.try_run(script, on=["n1"], text="seq 1 100000")

    assert failure.code == "no-answer"
    assert "it printed more than" in failure.message


def test_a_command_that_prints_without_end_is_broken_off_long_before_its_time_is_over(
    fleet, monkeypatch
):
    monkeypatch.setattr("deploy_scripts.fleet.connector.MOST_BYTES", 100_000)
    monkeypatch.setattr("deploy_scripts.fleet.connector.MOST_READ", 1_000_000)
    began = time.monotonic()

    _, [failure] = fleet.try_run(script, on=["n1"], text="yes | tr -d '\\n'", limit=60)

    assert failure.code == "no-answer"
    assert "it printed more than" in failure.message
    assert time.monotonic() - began < 30
    assert fleet.run(script, on=["n1"], text="echo here") == {"n1": ("here",)}


@pytest.mark.parametrize(
    "line", ["a", pytest.param("", marks=pytest.mark.slow)], ids=["short lines", "empty lines"]
)
def test_lines_without_end_are_given_up_before_they_take_all_memory(fleet, line):
    text = f"yes '{line}' | head -c 400000; echo end"

    _, [failure] = fleet.try_run(script, on=["n1"], text=text)

    assert failure.code == "no-answer"
    assert "or than 100000 lines" in failure.message


def test_an_endless_line_is_cut(fleet):
    printed = fleet.run(
        script, on=["n1"], text="head -c 400000 /dev/zero | tr '\\\\0' x; echo; echo end"
    )

    assert [len(line) for line in printed["n1"]] == [256 * 1024, 3]


def test_an_answer_of_many_lines_is_read_to_its_end(fleet):
    printed = fleet.run(script, on=["n1"], text="seq 1 60000")

    assert printed["n1"][-1] == "60000"


def test_a_fact_that_prints_nothing_is_no_answer(fleet):
    _, [failure] = fleet.try_facts(Number, on=["n1"], prints=">/dev/null")

    assert failure.code == "no-answer"
    assert failure.message.startswith("cannot read Number of n1: ")
    assert "it printed nothing" in failure.message
