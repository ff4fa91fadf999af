"""snapd's changes go on without their client: who waits for them, and who takes them back."""

import json
import os
from collections.abc import Iterator

import pytest
from emulated import INSTALL, Hosts, Output, poll

from lab import Lab

GONE = "error: cannot communicate with server: "
DIAL = "dial unix /run/snapd.socket: connect: connection refused"


@pytest.fixture(scope="module")
def module_lab() -> Iterator[Lab]:
    with Lab.up(1, name=f"snap-changes-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def hosts(module_lab: Lab) -> Hosts:
    module_lab.reset()
    return Hosts(module_lab)


def hold(hosts: Hosts, command: str, **facts: object) -> str:
    fault = {"match": f"snap {command}", "action": "hang", "times": 1, **facts}
    return hosts.lab.add_fault("n1", fault)


def held_install(hosts: Hosts) -> tuple[str, str]:
    """The process group of a client whose installation is held half-way, and the hold."""
    fault = hold(hosts, "install")
    group = hosts.background("n1", INSTALL)
    poll(lambda: "Doing" in hosts.out("n1", "snap changes"), "the change")
    return group, fault


def is_installed(hosts: Hosts) -> bool:
    return hosts.run("n1", "snap list microk8s").returncode == 0


def changes(hosts: Hosts) -> list[str]:
    return column(hosts.run("n1", "snap changes"), 1)


def column(output: Output, index: int) -> list[str]:
    return [line.split()[index] for line in output.stdout.splitlines()[1:] if line]


@pytest.mark.parametrize("signal", ["TERM", "KILL", "HUP"])
def test_an_installation_goes_on_when_its_client_is_killed(hosts: Hosts, signal: str) -> None:
    group, fault = held_install(hosts)

    hosts.run("n1", f"kill -{signal} -{group}")
    poll(lambda: hosts.run("n1", f"kill -0 -{group}").returncode != 0, "the client's end")
    doing = changes(hosts)
    before = is_installed(hosts)
    hosts.lab.clear_fault("n1", fault)
    watched = hosts.run("n1", "snap watch --last=install")

    assert (doing, before) == (["Doing"], False)
    assert (watched.returncode, is_installed(hosts)) == (0, True)
    assert changes(hosts) == ["Done"]
    assert len(hosts.effects("n1", "install")) == 1


@pytest.mark.parametrize("verb", ["remove --purge", "refresh --channel=1.33/stable"])
def test_other_changes_go_on_without_their_client_as_well(hosts: Hosts, verb: str) -> None:
    hosts.install("n1")
    kind = verb.split()[0]
    fault = hold(hosts, kind)
    group = hosts.background("n1", f"snap {verb} microk8s")
    poll(lambda: "Doing" in hosts.out("n1", "snap changes"), "the change")

    hosts.run("n1", f"kill -KILL -{group}")
    still_there = is_installed(hosts)
    hosts.lab.clear_fault("n1", fault)
    hosts.run("n1", f"snap watch --last={kind}")

    assert still_there
    listed = hosts.run("n1", "snap list microk8s")
    assert (listed.returncode == 1) if kind == "remove" else ("v1.33.1" in listed.stdout)


def test_an_aborted_installation_is_undone_and_its_client_is_told(hosts: Hosts) -> None:
    held_install(hosts)

    aborted = hosts.run("n1", "snap abort 1")
    poll(lambda: hosts.out("n1", "cat /tmp/rc 2>/dev/null") != "", "the client's end")

    assert (aborted.returncode, aborted.stdout) == (0, "")
    assert hosts.out("n1", "cat /tmp/output /tmp/rc") == (
        'error: change finished in status "Undone" with no error message\n1\n'
    )
    assert changes(hosts) == ["Undone"]
    tasks = column(hosts.run("n1", "snap change 1"), 0)
    assert tasks[:3] == ["Undone", "Undone", "Hold"]
    assert hosts.out("n1", "snap tasks 1") == hosts.out("n1", "snap change --last=install")
    assert not is_installed(hosts)
    assert hosts.run("n1", "ls /var/snap/microk8s /snap/microk8s").returncode != 0
    assert hosts.run("n1", INSTALL).returncode == 0


def test_an_installation_that_is_aborted_late_leaves_nothing_either(hosts: Hosts) -> None:
    hold(hosts, "install", text="Run configure hook")
    group = hosts.background("n1", INSTALL)
    poll(lambda: "Doing" in hosts.out("n1", "snap change 1 | tail -2"), "the last task")
    installed_meanwhile = is_installed(hosts)

    hosts.run("n1", f"kill -KILL -{group}; snap abort 1; snap watch 1")

    assert installed_meanwhile
    assert not is_installed(hosts)
    assert hosts.run("n1", "ls /var/snap/microk8s/current").returncode != 0
    assert hosts.effects("n1", "install") == []


def test_a_change_that_is_over_cannot_be_aborted_and_an_unknown_one_cannot_be_found(
    hosts: Hosts,
) -> None:
    hosts.install("n1")

    late, unknown = hosts.run("n1", "snap abort 1"), hosts.run("n1", "snap abort 9")
    nothing = hosts.run("n1", "snap watch --last=remove")
    perhaps = hosts.run("n1", "snap watch --last=remove?")

    assert late.stderr == "error: cannot abort change 1 with nothing pending\n"
    assert unknown.stderr == 'error: cannot find change with id "9"\n'
    assert nothing.stderr == 'error: no changes of type "remove" found\n'
    assert [o.returncode for o in (late, unknown, nothing, perhaps)] == [1, 1, 1, 0]


def test_a_second_change_is_refused_while_one_runs_and_remove_sees_nothing_yet(
    hosts: Hosts,
) -> None:
    held_install(hosts)

    second = hosts.run("n1", INSTALL)
    # The trap of a first installation: there is nothing to remove, and then it appears.
    removed = hosts.run("n1", "snap remove --purge microk8s")

    assert second.returncode == 10
    assert second.stderr == 'error: snap "microk8s" has "install-snap" change in progress\n'
    assert (removed.returncode, removed.stderr) == (0, 'snap "microk8s" is not installed\n')


def test_an_interrupt_from_the_keyboard_aborts_the_change(hosts: Hosts) -> None:
    hold(hosts, "install")
    # What a shell starts in the background ignores interrupts, unless told otherwise.
    hosts.background("n1", f"env --default-signal=INT {INSTALL}")
    poll(lambda: changes(hosts) == ["Doing"], "the change")

    hosts.run("n1", "pkill -INT -f '[r]un.py snap install'")
    poll(lambda: changes(hosts) == ["Undone"], "the undo")

    assert not is_installed(hosts)


def test_without_waiting_the_client_says_the_number_of_its_change(hosts: Hosts) -> None:
    begun = hosts.run("n1", f"{INSTALL} --no-wait")
    watched = hosts.run("n1", f"snap watch {begun.stdout.strip()}")

    assert (begun.stdout, watched.returncode, is_installed(hosts)) == ("1\n", 0, True)


@pytest.mark.parametrize("way", ["daemon", "power"])
def test_a_change_is_taken_up_again_after_snapd_or_the_host_went_down(
    hosts: Hosts, way: str
) -> None:
    _, fault = held_install(hosts)

    if way == "daemon":
        hosts.restart_daemon("n1", "KILL")
    else:
        hosts.lab.kill("n1")
        hosts.lab.boot("n1")
    after = changes(hosts)
    hosts.lab.clear_fault("n1", fault)

    assert after == ["Doing"]
    poll(lambda: changes(hosts) == ["Done"], "the installation")
    assert is_installed(hosts)


def test_with_snapd_dead_only_version_answers_and_says_unavailable(hosts: Hosts) -> None:
    hosts.install("n1")
    dead = hosts.lab.add_fault("n1", {"match": "snap", "action": "snapd-dead"})

    version = hosts.run("n1", "snap version")
    listed = hosts.run("n1", "snap list microk8s")
    removed = hosts.run("n1", "snap remove --purge microk8s")
    unit = hosts.run("n1", "systemctl is-active snapd")
    hosts.lab.clear_fault("n1", dead)

    assert version.returncode == 0
    assert version.stdout == "snap    2.63\nsnapd   unavailable\nseries  -\n"
    assert listed.stderr == f'{GONE}Get "http://localhost/v2/snaps": {DIAL}\n'
    assert removed.stderr == f'{GONE}Post "http://localhost/v2/snaps/microk8s": {DIAL}\n'
    assert (listed.returncode, removed.returncode) == (1, 1)
    assert unit.stdout == "inactive\n"
    assert "snapd   2.63" in hosts.out("n1", "snap version")
    assert is_installed(hosts)


def test_a_channel_that_the_store_lacks_is_refused_in_several_wrapped_lines(hosts: Hosts) -> None:
    channels = {"1.32/stable": None}
    hosts.run("n1", f"echo '{json.dumps(channels)}' > /lab/world/channels.json")

    other_risks = hosts.run("n1", INSTALL)
    other_tracks = hosts.run("n1", INSTALL.replace("1.32", "9.9"))

    assert (other_risks.returncode, other_tracks.returncode) == (1, 1)
    assert other_risks.stderr.splitlines() == [
        'error: snap "microk8s" is not available on 1.32/stable but is available to',
        "       install on the following channels:",
        "",
        "       1.32/candidate  snap install --channel=1.32/candidate microk8s",
        "       1.32/beta       snap install --channel=1.32/beta microk8s",
        "       1.32/edge       snap install --channel=1.32/edge microk8s",
        "",
        "       Please be mindful pre-release channels may include features not",
        "       completely tested or implemented. Get more information with 'snap info",
        "       microk8s'.",
    ]
    assert other_tracks.stderr.splitlines()[0].startswith(
        'error: snap "microk8s" is not available on 9.9/stable but'
    )
    assert "track" in other_tracks.stderr
    assert other_tracks.stderr.endswith("microk8s'.\n")
