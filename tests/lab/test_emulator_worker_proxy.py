"""Which addresses stand in the endpoints, and what becomes of workers that follow them."""

import os
from collections.abc import Iterator

import pytest
from emulated import DATA, Hosts, poll

from lab import Lab

PROVIDER = f"cat {DATA}/args/traefik/provider.yaml"
ENDPOINTS = "microk8s kubectl get endpoints kubernetes -o"
NAT = "10.0.2.15"


@pytest.fixture(scope="module")
def module_lab() -> Iterator[Lab]:
    with Lab.up(4, name=f"emulator-proxy-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def hosts(module_lab: Lab) -> Hosts:
    module_lab.reset()
    return Hosts(module_lab)


def endpoints(hosts: Hosts, host: str = "n1") -> list[str]:
    return hosts.out(host, f"{ENDPOINTS} jsonpath='{{.subsets[*].addresses[*].ip}}'").split()


def advertise(hosts: Hosts, host: str, address: str) -> None:
    """Set what the API server says of itself, which counts from its next start."""
    file = f"{DATA}/args/kube-apiserver"
    hosts.run(host, f"sed -i '/^--advertise-address/d' {file}")
    hosts.run(host, f"echo --advertise-address={address} >> {file}")


def test_the_endpoints_are_the_control_planes_default_addresses(hosts: Hosts) -> None:
    hosts.form("n1", "n2", "n3")

    poll(lambda: len(endpoints(hosts)) == 3, "three API servers")

    expected = ["10.79.0.11", "10.79.0.12", "10.79.0.13"]
    template = "{{range .subsets}}{{range .addresses}}{{.ip}} {{end}}{{end}}"
    table = "microk8s kubectl get endpoints -n default --no-headers"
    by_template = f"{ENDPOINTS} go-template='{template}'"
    # A kicker restarts a joined node's services once more, and its address goes for a moment.
    poll(lambda: endpoints(hosts, "n3") == expected, "all of them as the third tells them")
    poll(lambda: hosts.out("n2", by_template).split() == expected, "all of them by a template")
    poll(lambda: '"port": 16443' in hosts.out("n1", f"{ENDPOINTS} json"), "their port")
    whole = ",".join(f"{address}:16443" for address in expected)
    poll(lambda: whole in hosts.out("n1", table), "all of them in the table")


def test_an_advertised_address_counts_from_the_next_start_of_kubelite(hosts: Hosts) -> None:
    hosts.install("n1")
    poll(lambda: endpoints(hosts) == ["10.79.0.11"], "the API server")
    advertise(hosts, "n1", NAT)

    before = endpoints(hosts)
    hosts.run("n1", "snap restart microk8s.daemon-kubelite")

    assert before == ["10.79.0.11"]
    poll(lambda: endpoints(hosts) == [NAT], "the advertised address alone")


def test_an_api_server_that_died_leaves_the_endpoints_after_a_while(hosts: Hosts) -> None:
    hosts.form("n1", "n2", "n3")
    poll(lambda: len(endpoints(hosts)) == 3, "three API servers")

    hosts.lab.kill("n3")

    poll(lambda: endpoints(hosts) == ["10.79.0.11", "10.79.0.12"], "the two that live", 60)
    hosts.lab.boot("n3")


def test_a_workers_proxy_begins_with_the_seed_and_follows_the_endpoints(hosts: Hosts) -> None:
    hosts.form("n1", "n2", "n3")
    poll(lambda: len(endpoints(hosts)) == 3, "three API servers")
    hosts.set_fact("n4", "proxy_seconds", 2)
    hosts.install("n4")

    joined = hosts.join("n4", options="--worker")
    first = hosts.out("n4", PROVIDER)

    assert joined.returncode == 0
    assert first.count("address:") == 1
    assert "- address: 10.79.0.11:16443" in first
    poll(lambda: hosts.out("n4", PROVIDER).count("address:") == 3, "all three")
    hosts.lab.kill("n1")
    poll(lambda: hosts.node_status("n4", "n2") == "Ready", "a worker without its seed", 60)
    hosts.lab.boot("n1")


@pytest.mark.parametrize(
    "address",
    [NAT, pytest.param("10.79.0.14", marks=pytest.mark.slow)],
    ids=["unreachable", "the worker's own"],
)
def test_a_worker_whose_endpoints_lead_nowhere_is_not_ready_and_stays_so(
    hosts: Hosts, address: str
) -> None:
    hosts.install("n1", "n4")
    advertise(hosts, "n1", address)
    hosts.run("n1", "snap restart microk8s.daemon-kubelite")
    poll(lambda: endpoints(hosts) == [address], "the wrong address alone")

    joined = hosts.join("n4", options="--worker").returncode
    poll(lambda: hosts.node_status("n4") == "Ready", "the worker's node")
    poll(lambda: hosts.node_status("n4") == "NotReady", "its end", 40)
    advertise(hosts, "n1", "10.79.0.11")
    hosts.run("n1", "snap restart microk8s.daemon-kubelite")
    poll(lambda: endpoints(hosts) == ["10.79.0.11"], "the right address")
    hosts.run("n4", "snap restart microk8s")
    after = hosts.node_status("n4")

    assert joined == 0
    assert after == "NotReady"
    assert hosts.out("n4", PROVIDER).count("address:") == 1
    assert f"- address: {address}:16443" in hosts.out("n4", PROVIDER)
    # A person's way back is to write the file.
    hosts.run("n4", f"sed -i s/{address}:/10.79.0.11:/ {DATA}/args/traefik/provider.yaml")
    poll(lambda: hosts.node_status("n4") == "Ready", "the worker again")


def test_without_a_refresh_interval_the_proxy_keeps_what_it_was_given(hosts: Hosts) -> None:
    hosts.form("n1", workers=("n3", "n4"))
    hosts.install("n2")
    file = f"{DATA}/args/apiserver-proxy"
    hosts.run("n4", f"sed -i 's/ 30s/ 0s/' {file}; snap restart microk8s.daemon-apiserver-proxy")

    assert hosts.join("n2").returncode == 0
    poll(lambda: hosts.out("n3", PROVIDER).count("address:") == 2, "the other worker's proxy")

    assert hosts.out("n4", PROVIDER).count("address:") == 1
