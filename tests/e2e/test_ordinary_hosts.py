"""Clusters on hosts as they are found: each situation, both topologies, first attempts only."""

import json
import os

import pytest
from stack import poll

from lab import CannotStart, Lab

SITUATIONS = [
    pytest.param(
        ({"user": "ops"}, ("greeting",)), id="sudo-user-whose-bashrc-greets", marks=pytest.mark.slow
    ),
    pytest.param(({"networks": "nat"}, ()), id="default-route-by-nat", marks=pytest.mark.slow),
    pytest.param(
        ({"networks": "management", "proxy": True, "cloud_init": True}, ()),
        id="management-network-proxy-and-cloud-init",
    ),
]
CONTROL_PLANE = ["n1", "n2", "n3"]
HA = {"control_plane": CONTROL_PLANE, "environment": "prod"}
SEPARATED = {
    "topology": "separated",
    "environment": "prod",
    "control_plane": CONTROL_PLANE,
    "workers": ["n4"],
}
KUBECTL = "/snap/bin/microk8s kubectl"
PROVIDER = "/var/snap/microk8s/current/args/traefik/provider.yaml"


@pytest.fixture(scope="module", params=SITUATIONS)
def situation(request):
    """A lab whose hosts are set up so, and the conditions that they are to be in."""
    setup, conditions = request.param
    try:
        lab = Lab.up(4, name=f"ordinary-{os.getpid()}", dqlite="emulated", **setup)
    except CannotStart as error:
        if "apt-get install" not in str(error):
            raise
        pytest.skip(str(error))
    with lab:
        yield lab, conditions


@pytest.fixture
def lab(situation):
    running, conditions = situation
    running.reset()
    for host in running.hosts:
        for condition in conditions:
            running.add_condition(host.name, condition)
    return running


def created(stack, params):
    """Form a cluster and return its job, which must have needed no second attempt."""
    answer = stack.post("prod", params)
    assert answer.status_code == 202, answer.text
    job = stack.finish(answer.json()["id"])
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    attempts = [(step["name"], step["attempt"]) for step in job["steps"]]
    assert {number for _, number in attempts} == {1}, attempts
    return job


def asked(lab, command):
    answer = lab.exec("n1", f"{KUBECTL} {command} -o json")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def endpoints_of(lab):
    """Return where the cluster's API is to be found, as the cluster itself says."""
    subsets = asked(lab, "get endpoints kubernetes")["subsets"]
    return sorted(row["ip"] for subset in subsets for row in subset["addresses"])


def api_servers_of(lab, worker):
    """Return the API servers between which a worker's own proxy chooses."""
    addresses = lab.exec(worker, f"sed -n 's/.*address: \\(.*\\):16443/\\1/p' {PROVIDER}").stdout
    return sorted(addresses.split())


def addresses_of(lab):
    """Return the address by which each node is known in the cluster."""
    return {
        row["metadata"]["name"]: next(
            address["address"]
            for address in row["status"]["addresses"]
            if address["type"] == "InternalIP"
        )
        for row in asked(lab, "get nodes")["items"]
    }


def node_addresses(lab, names):
    return {host.name: host.node_address for host in lab.hosts if host.name in names}


@pytest.mark.slow
def test_a_highly_available_cluster_forms_at_the_first_attempt(stack, lab):
    job = created(stack, HA)

    assert job["quorum"]["now"]["voters_alive"] == 3
    assert addresses_of(lab) == node_addresses(lab, CONTROL_PLANE)
    assert endpoints_of(lab) == sorted(node_addresses(lab, CONTROL_PLANE).values())


def test_a_separated_cluster_forms_and_its_worker_reaches_every_api_server(stack, lab):
    created(stack, SEPARATED)

    everybody = [*CONTROL_PLANE, "n4"]
    expected = sorted(node_addresses(lab, CONTROL_PLANE).values())
    assert addresses_of(lab) == node_addresses(lab, everybody)
    assert endpoints_of(lab) == expected
    # A worker looks for new API servers now and then; that it finds them is what counts.
    poll(lambda: expected == api_servers_of(lab, "n4"), seconds=30, what=f"n4 to know {expected}")
