"""Conditions of hosts: each by its effect, over a reboot, and its way back."""

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from variants import first_of

from cli.lab.commands import lab as command_line
from lab import Lab, LabRefused
from lab.conditions import CONDITIONS

LOOK = """
for key in fs.aio-max-nr fs.inotify.max_user_instances fs.inotify.max_user_watches; do
    sysctl -n $key; cat /proc/sys/$(echo $key | tr . /)
done
cat /proc/cgroups /sys/fs/cgroup/cgroup.controllers
command -v modprobe; command -v lsmod
cat /run/systemd/container; ls /dev/kmsg
getent passwd root; cat /root/.bashrc /root/.ssh/authorized_keys
uname -n; ps -eo args | grep "[l]iar.py serve"
"""
OF_THE_MACHINE = ("tcsh", "zsh", "fish", "lies-banner", "lies-packets")
"""Conditions that need programs which not every machine has."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Lab]:
    with Lab.up(1, name=f"conditions-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def lab(shared: Lab) -> Iterator[Lab]:
    yield shared
    shared.clear_condition("n1")


def looks(lab: Lab) -> str:
    return lab.exec("n1", LOOK).stdout


def ssh(lab: Lab, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["ssh", "-F", str(lab.directory / "ssh_config"), "n1", command],
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def enter(lab: Lab, condition: str) -> None:
    try:
        lab.add_condition("n1", condition)
    except LabRefused as error:
        if condition not in OF_THE_MACHINE:
            raise
        pytest.skip(str(error))


@pytest.mark.parametrize("condition", first_of(CONDITIONS, quick=8))
def test_every_condition_shows_outlasts_a_reboot_and_is_taken_back(
    lab: Lab, condition: str
) -> None:
    before = looks(lab)

    enter(lab, condition)

    present = looks(lab)
    assert present != before
    assert lab.conditions("n1") == (condition,)
    lab.reboot("n1")
    assert looks(lab) == present
    lab.clear_condition("n1", condition)
    assert looks(lab) == before
    assert lab.conditions("n1") == ()
    assert ssh(lab, "echo hello").stdout == "hello\n"


def test_fixed_kernel_values_suffice_and_take_nothing(lab: Lab) -> None:
    lab.add_condition("n1", "sysctl-fixed")

    read = lab.exec("n1", "sysctl -n fs.aio-max-nr fs.inotify.max_user_instances")
    written = lab.exec("n1", "sysctl -q -w fs.aio-max-nr=2097152")
    other = lab.exec("n1", "sysctl -q -w net.ipv4.ip_forward=1 vm.max_map_count=262144")

    assert read.stdout.split() == ["1048576", "8192"]
    assert written.returncode != 0
    assert "fs.aio-max-nr" in written.stderr
    assert other.returncode == 0


def test_kernel_values_that_fall_short_replace_those_that_suffice(lab: Lab) -> None:
    lab.add_condition("n1", "sysctl-fixed")
    lab.add_condition("n1", "sysctl-fixed-low")

    assert lab.conditions("n1") == ("sysctl-fixed-low",)
    assert lab.exec("n1", "sysctl -n fs.inotify.max_user_instances").stdout.strip() == "128"


def test_without_kmod_no_shell_finds_modprobe(lab: Lab) -> None:
    lab.add_condition("n1", "no-modprobe")

    for shell in ("sh", "bash"):
        found = lab.exec("n1", f"{shell} -c 'command -v modprobe lsmod kmod'")
        assert found.stdout == ""
    assert lab.exec("n1", "modprobe overlay").returncode == 127


def test_a_greeting_comes_before_the_answer_of_every_command(lab: Lab) -> None:
    lab.add_condition("n1", "greeting")

    answer = ssh(lab, "uname -n")

    assert answer.stdout.startswith("Welcome to n1, root.\n")
    assert answer.stdout.endswith("\nn1\n")
    assert answer.returncode == 0


def test_a_shell_that_swallows_the_command_answers_nothing_and_claims_success(lab: Lab) -> None:
    lab.add_condition("n1", "swallowing-shell")

    answer = ssh(lab, "uname -n; exit 7")

    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_a_forced_command_names_somebody_else(lab: Lab) -> None:
    lab.add_condition("n1", "forced-command")

    answer = ssh(lab, "uname -n")

    assert answer.returncode == 142
    assert 'Please login as the user "ubuntu" rather than the user "root".' in answer.stdout


def test_tcsh_does_not_understand_what_a_posix_shell_does(lab: Lab) -> None:
    enter(lab, "tcsh")

    assert "Illegal variable name" in ssh(lab, "echo $(true)").stderr


def test_a_lying_shell_does_its_work_and_tells_its_first_and_last_line_as_they_are(
    lab: Lab,
) -> None:
    lab.add_condition("n1", "lies-line-150k")

    answer = ssh(lab, "echo begins; touch /tmp/done; echo truth; echo ends")

    first, lie, _, last = answer.stdout.splitlines()
    assert (first, last) == ("begins", "ends")
    assert lie.startswith("1: lo@@@")
    assert len(lie) == 150_000
    assert lab.exec("n1", "ls /tmp/done").returncode == 0


@pytest.mark.parametrize(("condition", "first"), [("lies-banner", "SSH-2.0-xxx")])
def test_a_lying_server_talks_without_end(lab: Lab, condition: str, first: str) -> None:
    enter(lab, condition)
    host = lab.hosts[0]

    with socket.create_connection((host.address, host.port), timeout=10) as connection:
        heard = b""
        while len(heard) < 3_000_000 and (more := connection.recv(65536)):
            heard += more

    assert heard.startswith(first.encode())
    assert b"\n" not in heard
    assert len(heard) >= 3_000_000


def test_several_conditions_hold_at_once_and_all_are_cleared(lab: Lab) -> None:
    before = looks(lab)
    for condition in ("container", "greeting", "no-memory-cgroup"):
        lab.add_condition("n1", condition)

    lab.clear_condition("n1")

    assert looks(lab) == before


def test_an_unknown_condition_is_refused_with_those_that_are_known(lab: Lab) -> None:
    with pytest.raises(LabRefused, match=r"condition 'haunted': known are sysctl-fixed, "):
        lab.add_condition("n1", "haunted")


def test_the_command_line_adds_shows_and_clears_conditions(lab: Lab) -> None:
    run = CliRunner(env={"CLUSTERWRIGHT_LAB": lab.name, "COLUMNS": "200"}).invoke

    added = run(command_line, ["condition", "add", "n1", "container"])
    listed = run(command_line, ["condition", "list", "n1"])
    status = run(command_line, ["status"])
    cleared = run(command_line, ["condition", "clear", "n1"])

    assert added.output.startswith("n1: the host is a container")
    assert listed.output.startswith("container: the host is a container")
    assert "container" in status.output
    assert cleared.output == "n1: no condition left\n"


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_condition_is_told_on_the_labs_page_and_in_the_commands_help(condition: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "lab.md").read_text()
    help_text = CliRunner(env={"COLUMNS": "200"}).invoke(
        command_line, ["condition", "add", "--help"]
    )

    assert f"`{condition}`" in page
    # Lines are broken at hyphens, too.
    assert condition in re.sub(r"-\n +", "-", help_text.output)
