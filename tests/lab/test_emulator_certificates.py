"""Certificates: what the kicker renews after a join, and what an agent goes on serving."""

import os
from collections.abc import Iterator

import pytest
from emulated import DATA, Hosts, poll

from lab import Lab

FILE = f"openssl x509 -in {DATA}/certs/server.crt -outform der | sha256sum"
SERVED = (
    "openssl s_client -connect 127.0.0.1:25000 </dev/null 2>/dev/null"
    " | openssl x509 -outform der | sha256sum"
)


@pytest.fixture(scope="module")
def module_lab() -> Iterator[Lab]:
    with Lab.up(3, name=f"emulator-certs-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def hosts(module_lab: Lab) -> Hosts:
    module_lab.reset()
    return Hosts(module_lab)


def kicked(hosts: Hosts, host: str = "n2") -> bool:
    return hosts.effects(host, "kicked") != []


def test_after_a_control_plane_join_the_kicker_renews_the_certificate_and_restarts(
    hosts: Hosts,
) -> None:
    hosts.install("n1", "n2", "n3")
    before = hosts.out("n2", FILE)

    hosts.join("n2")
    poll(lambda: kicked(hosts), "the kicker's restarts")
    poll(lambda: hosts.out("n2", SERVED) == hosts.out("n2", FILE), "the agent's new certificate")
    through_n2 = hosts.join("n3", "n2")

    assert hosts.out("n2", FILE) != before
    for service in ("cluster-agent", "kubelite", "containerd"):
        log = hosts.out("n2", f"journalctl -u snap.microk8s.daemon-{service}")
        assert log.rstrip().endswith("Started")
        assert log.count("Stopped") >= 1
    assert through_n2.returncode == 0
    assert hosts.effects("n1", "kicked") == []


def test_where_the_kickers_restart_fails_every_join_to_that_agent_fails_until_it_restarts(
    hosts: Hosts,
) -> None:
    hosts.install("n1", "n2", "n3")
    hosts.lab.add_fault("n2", {"match": "kicker restart", "action": "kicker-fails"})

    hosts.join("n2")
    poll(lambda: hosts.effects("n2", "server-certificate-issued") != [], "a new certificate")
    served, in_file = hosts.out("n2", SERVED), hosts.out("n2", FILE)
    refused = [hosts.join("n3", "n2") for _ in range(2)]
    hosts.run("n2", "snap restart microk8s.daemon-cluster-agent")
    accepted = hosts.join("n3", "n2")

    assert served != in_file
    assert [output.returncode for output in refused] == [4, 4]
    assert refused[0].stdout.splitlines()[-1] == (
        "Joining cluster failed. Could not verify the identity of 10.79.0.12. "
        "Use '--skip-verify' to skip server certificate check."
    )
    assert accepted.returncode == 0
    assert not kicked(hosts)


def test_a_join_that_died_keeps_the_kicker_from_restarting_anything(hosts: Hosts) -> None:
    hosts.install("n1", "n2")
    hosts.lab.add_fault("n2", {"match": "microk8s join", "action": "kill-after-member-add"})
    hosts.join("n2")
    before = hosts.out("n2", FILE)

    hosts.run("n2", "snap start microk8s")
    poll(lambda: hosts.members("n2") != [], "the datastore again")

    assert hosts.out("n2", FILE) == before
    assert not kicked(hosts)


def test_a_worker_has_no_kicker_and_keeps_its_certificate(hosts: Hosts) -> None:
    hosts.form("n1", workers=("n2",))

    listed = hosts.out("n2", "snap services microk8s.daemon-apiserver-kicker")

    assert "inactive" in listed
    assert hosts.out("n2", SERVED) == hosts.out("n2", FILE)
