"""`microk8s remove-node` and `microk8s leave`: what they refuse, and what they really do."""

import os
from collections.abc import Iterator

import pytest
from emulated import DATA, Hosts, poll
from variants import first_of

from lab import Lab

INSTALL_1_28 = "snap install microk8s --classic --channel=1.28/stable"


@pytest.fixture(scope="module")
def module_lab() -> Iterator[Lab]:
    with Lab.up(3, name=f"emulator-remove-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def hosts(module_lab: Lab) -> Hosts:
    module_lab.reset()
    return Hosts(module_lab)


def settled(hosts: Hosts, node: str) -> None:
    """Wait for a joined node, and past the kicker's restart, at which its kubelet registers."""
    poll(lambda: hosts.effects(node, "kicked") != [], "the kicker's restart")
    poll(lambda: hosts.node_status(node) == "Ready", "the node")


@pytest.mark.parametrize("force", first_of(["", "--force"]))
def test_a_node_that_removes_itself_loses_only_its_node_object(hosts: Hosts, force: str) -> None:
    hosts.form("n1", "n2")
    settled(hosts, "n2")

    removed = hosts.run("n2", f"microk8s remove-node n2 {force}")

    assert (removed.returncode, removed.stdout, removed.stderr) == (0, "", "")
    assert hosts.node_status("n2") == ""
    assert hosts.members() == ["10.79.0.11", "10.79.0.12"]


def test_a_member_that_is_named_by_its_address_is_called_by_its_name(hosts: Hosts) -> None:
    hosts.form("n1", "n2")
    settled(hosts, "n2")

    refused = hosts.run("n1", "microk8s remove-node 10.79.0.12")

    assert refused.returncode == 1
    assert refused.stdout.startswith("Removal failed. Node n2 is registered with dqlite.")


def test_an_unknown_node_is_not_found_on_both_streams(hosts: Hosts) -> None:
    hosts.install("n1")
    hosts.run("n1", "microk8s status --wait-ready")

    plain = hosts.run("n1", "microk8s remove-node n9")
    forced = hosts.run("n1", "microk8s remove-node n9 --force")

    assert (plain.returncode, plain.stdout) == (1, "Node n9 does not exist in Kubernetes.\n")
    assert plain.stderr == 'Error from server (NotFound): nodes "n9" not found\n'
    assert (forced.returncode, forced.stdout.splitlines()) == (
        1,
        ["Node n9 does not exist in Kubernetes.", "Attempting to remove n9 from dqlite."],
    )


@pytest.mark.parametrize(
    ("words", "status", "text"),
    first_of(
        [
            ("", 1, "Please provide the node you want to remove."),
            ("n2 force", 1, "Please provide the node and the optional --force flag."),
            ("--force n2", 1, "Please provide the node and the optional --force flag."),
            ("n2 --force n3", 2, "Error: Got unexpected extra argument (n3)"),
            ("--force", 2, "Error: Missing argument 'NODE'."),
            ("--what", 2, "Error: No such option: --what"),
        ],
        quick=2,
    ),
)
def test_words_that_remove_node_does_not_know_are_refused(
    hosts: Hosts, words: str, status: int, text: str
) -> None:
    hosts.install("n1")

    output = hosts.run("n1", f"microk8s remove-node {words}")

    assert output.returncode == status
    assert (output.stdout + output.stderr).strip().endswith(text)


def test_a_stopped_node_says_so_and_tries_dqlite_when_forced(hosts: Hosts) -> None:
    hosts.form("n1", "n2")
    hosts.run("n1", "microk8s stop")

    plain = hosts.run("n1", "microk8s remove-node n2")
    forced = hosts.run("n1", "microk8s remove-node 10.79.0.12 --force")

    assert (plain.returncode, plain.stdout) == (1, "Node n2 does not exist in Kubernetes.\n")
    assert plain.stderr == "microk8s is not running, try microk8s start\n"
    assert (forced.returncode, forced.stdout.splitlines()) == (
        1,
        [
            "Node 10.79.0.12 does not exist in Kubernetes.",
            "Attempting to remove 10.79.0.12 from dqlite.",
        ],
    )
    assert "Traceback" in forced.stderr


def test_with_the_api_down_force_still_strikes_the_member_out(hosts: Hosts) -> None:
    hosts.form("n1", "n2")
    hosts.run("n1", "snap stop microk8s.daemon-kubelite")

    forced = hosts.run("n1", "microk8s remove-node 10.79.0.12 --force")

    assert (forced.returncode, forced.stdout.splitlines()) == (
        1,
        [
            "Node 10.79.0.12 does not exist in Kubernetes.",
            "Attempting to remove 10.79.0.12 from dqlite.",
            "Removing node entry found in dqlite.",
        ],
    )
    assert hosts.members() == ["10.79.0.11"]


def test_leave_knows_no_options_and_does_nothing_when_given_one(hosts: Hosts) -> None:
    hosts.form("n1", "n2")

    option = hosts.run("n2", "microk8s leave --force")
    word = hosts.run("n2", "microk8s leave now")
    help_option = hosts.run("n2", "microk8s leave --help")

    assert (option.returncode, word.returncode, help_option.returncode) == (2, 2, 0)
    assert option.stderr.endswith("Error: No such option: --force\n")
    assert word.stderr.endswith("Error: Got unexpected extra argument (now)\n")
    assert help_option.stdout.startswith("Usage: microk8s leave [OPTIONS]")
    assert hosts.members() == ["10.79.0.11", "10.79.0.12"]


def test_without_a_leader_leave_ends_in_a_traceback_and_changes_nothing(hosts: Hosts) -> None:
    hosts.form("n1", "n2")
    hosts.lab.kill("n1")

    left = hosts.run("n2", "timeout 50 microk8s leave")
    hosts.lab.boot("n1")

    assert left.returncode == 1
    assert "Traceback" in left.stderr
    assert hosts.run("n2", f"ls {DATA}/var/lock/no-cert-reissue").returncode == 0


@pytest.mark.slow
def test_without_a_leader_leave_and_the_dqlite_shell_of_1_28_never_end(hosts: Hosts) -> None:
    for host in ("n1", "n2"):
        hosts.run(host, INSTALL_1_28)
    hosts.join("n2")
    hosts.lab.kill("n1")
    shell = "/snap/microk8s/current/bin/dqlite -s 10.79.0.12:19001 k8s .leader"

    left = hosts.run("n2", "timeout 12 microk8s leave")
    asked = hosts.run("n2", f"timeout 12 {shell}")
    hosts.lab.boot("n1")

    assert (left.returncode, asked.returncode) == (124, 124)
