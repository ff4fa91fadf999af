"""Certificates: what the kicker renews after a join, and what an agent goes on serving."""

import os
from collections.abc import Iterator

import pytest
from emulated import DATA, Hosts, poll

from lab import Lab, LabRefused

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


def key(hosts: Hosts, name: str) -> str:
    return hosts.out("n1", f"sha256sum {DATA}/certs/{name}.key")


@pytest.mark.parametrize(
    ("name", "restarted"),
    [("server", ["kubelite", "cluster-agent"]), ("front-proxy-client", ["kubelite"])],
)
def test_a_certificate_is_made_anew_for_the_key_that_is_there_and_its_services_restart(
    hosts: Hosts, name: str, restarted: list[str]
) -> None:
    hosts.install("n1")
    before = key(hosts, name)
    hosts.lab.age_certificates("n1", 10)
    aged = hosts.out("n1", "microk8s refresh-certs -c")

    output = hosts.run("n1", f"microk8s refresh-certs -e {name}.crt")

    assert aged.count("will expire in 9 days.") == 2
    assert hosts.out("n1", "microk8s refresh-certs -c").count("will expire in 364 days.") == 1
    assert key(hosts, name) == before
    assert output.stdout.splitlines() == [
        f"Taking a backup of the current certificates under {DATA}/certs-backup/",
        "Creating new certificates",
        *(f"Restarting service {service}." for service in restarted),
    ]


def test_the_one_backup_has_what_the_last_refresh_found_credentials_included(hosts: Hosts) -> None:
    hosts.install("n1")
    hosts.lab.age_certificates("n1", 10)
    for name in ("server", "front-proxy-client"):
        hosts.run("n1", f"microk8s refresh-certs -e {name}.crt")
    token = hosts.token()

    undone = hosts.run("n1", "microk8s refresh-certs -u")

    days = hosts.out("n1", "microk8s refresh-certs -c").splitlines()
    assert undone.stdout.splitlines()[0] == "Restarting, please wait."
    assert [line.endswith("in 9 days.") for line in days] == [False, False, True]
    assert token.split("/")[0] not in hosts.out("n1", f"cat {DATA}/credentials/cluster-tokens.txt")


def test_a_refresh_that_dies_or_makes_nothing_leaves_the_node_without_the_certificate(
    hosts: Hosts,
) -> None:
    hosts.install("n1")
    ends = []
    for action in ("false-success", "kill-before-new-certificate"):
        hosts.run("n1", "microk8s refresh-certs -e server.crt")
        hosts.lab.add_fault("n1", {"match": "microk8s refresh-certs", "action": action})
        ends.append(hosts.run("n1", "microk8s refresh-certs -e server.crt").returncode)
        hosts.lab.clear_fault("n1")
        assert hosts.run("n1", f"test -e {DATA}/certs/server.crt").returncode == 1

    assert ends[0] == 0
    assert ends[1] != 0


def test_certificates_are_aged_on_nodes_only(hosts: Hosts) -> None:
    with pytest.raises(LabRefused, match="MicroK8s is not installed"):
        hosts.lab.age_certificates("n1", 10)
