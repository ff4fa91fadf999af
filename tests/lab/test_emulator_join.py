"""How `microk8s join` ends when the seed refuses, breaks off or says nothing."""

import os
from collections.abc import Iterator

import pytest
from emulated import BACKEND, DATA, INSTALL, Hosts, poll
from variants import first_of

from lab import Lab

NO_TOKEN = "0" * 32


@pytest.fixture(scope="module")
def module_lab() -> Iterator[Lab]:
    with Lab.up(3, name=f"emulator-join-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def hosts(module_lab: Lab) -> Hosts:
    module_lab.reset()
    return Hosts(module_lab)


def break_agent(hosts: Hosts, where: str, action: str) -> None:
    hosts.lab.add_fault("n1", {"match": f"agent {where}", "action": action})


@pytest.mark.parametrize(
    ("where", "action", "status", "last_line"),
    first_of(
        [
            (
                "connect",
                "closes",
                4,
                "Peer node verification failed with TLS/SSL connection has been closed (EOF)",
            ),
            ("connect", "resets", 1, "ConnectionResetError: [Errno 104] Connection reset by peer"),
            (
                "join",
                "closes",
                1,
                "Please ensure the master node is reachable. "
                "Remote end closed connection without response",
            ),
            ("join", "resets", 4, "Peer node verification failed (EOF occurred in violation"),
        ]
    ),
)
def test_a_join_whose_seed_breaks_off_says_how_and_changes_nothing(
    hosts: Hosts, where: str, action: str, status: int, last_line: str
) -> None:
    hosts.install("n1", "n2")
    touched = f"sha256sum {DATA}/certs/ca.crt; ls {DATA}/certs"
    before = hosts.out("n2", touched)
    break_agent(hosts, where, action)

    output = hosts.join("n2")

    lines = (output.stdout + output.stderr).strip().splitlines()
    assert output.returncode == status
    assert lines[0] == "Contacting cluster at 10.79.0.11"
    assert lines[-1].startswith(last_line)
    assert hosts.out("n2", touched) == before
    assert hosts.run("n2", f"ls {DATA}/var/lock/join-in-progress").returncode == 0


def test_a_join_to_a_closed_port_ends_in_a_traceback(hosts: Hosts) -> None:
    hosts.install("n2")

    output = hosts.run("n2", f"microk8s join 10.79.0.11:25000/{NO_TOKEN}")

    assert output.returncode == 1
    assert output.stderr.splitlines()[0] == "Traceback (most recent call last):"
    assert output.stderr.splitlines()[-1] == (
        "ConnectionRefusedError: [Errno 111] Connection refused"
    )


def test_nothing_limits_the_wait_for_a_silent_seed(hosts: Hosts) -> None:
    hosts.install("n1", "n2")
    break_agent(hosts, "connect", "silent")

    ended = hosts.run("n2", f"timeout 3 microk8s join 10.79.0.11:25000/{NO_TOKEN}")

    assert (ended.returncode, ended.stdout, ended.stderr) == (124, "", "")


def test_a_workers_certificates_are_asked_for_after_the_authority_was_stored(hosts: Hosts) -> None:
    hosts.install("n1", "n2")
    break_agent(hosts, "sign-cert", "closes")

    output = hosts.join("n2", options="--worker")

    assert output.returncode == 1
    assert "Traceback" in output.stderr
    assert hosts.run("n2", f"ls {DATA}/certs/ca.remote.crt").returncode == 0


def test_an_address_that_was_struck_out_is_refused_until_the_seeds_file_is_rewritten(
    hosts: Hosts,
) -> None:
    hosts.form("n1", "n2")
    listed = f"grep -c 10.79.0.12: {BACKEND}/cluster.yaml"
    poll(lambda: hosts.out("n1", listed) == "1\n", "n2 in the seed's file")
    hosts.run("n2", f"snap remove --purge microk8s; {INSTALL}")
    stale = hosts.lab.add_fault("n1", {"match": "dqlite store", "action": "stale"})
    hosts.run("n1", "microk8s remove-node n2 --force")

    refused = [hosts.join("n2") for _ in range(2)]
    members = hosts.members()
    hosts.lab.clear_fault("n1", stale)
    poll(lambda: hosts.out("n1", listed) == "0\n", "a file without n2", 6)
    accepted = hosts.join("n2")

    assert members == ["10.79.0.11"]
    known = "the joining node (10.79.0.12) is already known to dqlite (500)."
    assert [output.returncode for output in refused] == [6, 6]
    assert all(output.stdout.strip().endswith(known) for output in refused)
    assert "Failed to retrieve dqlite cluster nodes: " in refused[0].stdout
    assert accepted.returncode == 0


def test_the_seeds_file_shows_a_new_member_late_and_the_datastore_at_once(hosts: Hosts) -> None:
    hosts.install("n1", "n2")
    hosts.run("n1", "microk8s status --wait-ready")
    hosts.lab.add_fault("n1", {"match": "dqlite store", "action": "stale"})
    joined = hosts.join("n2")

    in_file = hosts.out("n1", f"grep -c 10.79.0.12: {BACKEND}/cluster.yaml")

    assert joined.returncode == 0
    assert hosts.members() == ["10.79.0.11", "10.79.0.12"]
    assert in_file == "0\n"


def test_the_joiners_agent_runs_through_its_join(hosts: Hosts) -> None:
    hosts.form("n1", "n2", workers=("n3",))

    for host in ("n2", "n3"):
        log = hosts.out(host, "journalctl -u snap.microk8s.daemon-cluster-agent")
        join_ended = hosts.effects(host, "member-added" if host == "n2" else "worker-joined")
        assert len(join_ended) == 1
        # The one stop of a control plane is the kicker's, after the join.
        assert log.count("Stopped") <= (1 if host == "n2" else 0)
