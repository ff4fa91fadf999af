"""Node objects: their addresses, when they come, and when they stop being Ready."""

import json
import os
import time
from collections.abc import Iterator

import pytest
from emulated import DATA, Hosts, poll
from variants import first_of

from lab import Lab

LEASES = "microk8s kubectl get leases -n kube-node-lease -o"
RENEWED = '{range .items[*]}{.metadata.name} {.spec.renewTime}{"\\n"}{end}'


@pytest.fixture(scope="module")
def module_lab() -> Iterator[Lab]:
    with Lab.up(3, name=f"emulator-nodes-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def hosts(module_lab: Lab) -> Hosts:
    module_lab.reset()
    return Hosts(module_lab)


def internal_ip(hosts: Hosts, node: str = "n1") -> str:
    path = '{.status.addresses[?(@.type=="InternalIP")].address}'
    return hosts.out("n1", f"microk8s kubectl get node {node} -o jsonpath='{path}'")


def restart_kubelite(hosts: Hosts, host: str) -> None:
    hosts.run(host, "snap restart microk8s.daemon-kubelite")


def test_a_kubelet_says_its_node_ip_then_what_its_own_name_leads_to_then_the_default(
    hosts: Hosts,
) -> None:
    second = "ip addr add 10.99.0.5/24 dev lo"
    hosts.run("n1", second)
    hosts.install("n1")
    poll(lambda: internal_ip(hosts) == "10.79.0.11", "the node")

    name_elsewhere = "sed -i '/n1/d' /etc/hosts; printf '127.0.1.1 n1\\n10.79.0.99 n1\\n'"
    hosts.run("n1", f"{name_elsewhere} >> /etc/hosts")
    restart_kubelite(hosts, "n1")
    by_default = internal_ip(hosts)
    hosts.run("n1", f"echo --node-ip=10.99.0.5 >> {DATA}/args/kubelet")
    before_restart = internal_ip(hosts)
    restart_kubelite(hosts, "n1")

    assert (by_default, before_restart) == ("10.79.0.11", "10.79.0.11")
    poll(lambda: internal_ip(hosts) == "10.99.0.5", "the address that was asked for")


def test_a_joiner_takes_over_the_seeds_kubelet_arguments_with_its_own_address(
    hosts: Hosts,
) -> None:
    hosts.install("n1", "n2", "n3")
    file = f"{DATA}/args/kubelet"
    hosts.run("n1", f"printf -- '--node-ip=10.79.0.11\\n--max-pods=77\\n' >> {file}")

    hosts.join("n2")
    hosts.join("n3", options="--worker")

    for host, address in (("n2", "10.79.0.12"), ("n3", "10.79.0.13")):
        lines = hosts.out(host, f"cat {file}").splitlines()
        assert "--max-pods=77" in lines
        assert [x for x in lines if x.startswith("--node-ip")] == [f"--node-ip={address}"]


@pytest.mark.parametrize("node", first_of(["n2", "n3"]), ids=["control plane", "worker"])
def test_a_deleted_node_comes_back_only_when_its_kubelet_starts(hosts: Hosts, node: str) -> None:
    hosts.form("n1", "n2", workers=("n3",))
    poll(lambda: hosts.effects("n2", "kicked") != [], "the kicker's restart")
    poll(lambda: hosts.node_status(node) == "Ready", "the node")

    hosts.run("n1", f"microk8s kubectl delete node {node}")
    journal = "journalctl -u snap.microk8s.daemon-kubelite"
    poll(
        lambda: f'nodes "{node}" not found' in hosts.out(node, journal), "a kubelet without a node"
    )
    gone = hosts.node_status(node)
    restart_kubelite(hosts, node)

    assert gone == ""
    poll(lambda: hosts.node_status(node) == "Ready", "the node again")


def test_leases_tell_when_a_kubelet_was_heard_last_and_ready_follows_later(hosts: Hosts) -> None:
    hosts.run("n1", 'sed -i \'s/"durations"/"grace_seconds": 4, &/\' /lab/host.json')
    hosts.form("n1", workers=("n3",))
    poll(lambda: hosts.node_status("n3") == "Ready", "the worker")

    hosts.lab.freeze("n3")
    silent_since = time.time()
    first = hosts.out("n1", f"{LEASES} jsonpath='{RENEWED}'")
    still = hosts.node_status("n3")
    poll(lambda: hosts.node_status("n3") == "NotReady", "the worker's end", 40)
    last = hosts.out("n1", f"{LEASES} jsonpath='{RENEWED}'")
    template = "{{range .items}}{{.spec.holderIdentity}} {{end}}"
    holders = hosts.out("n1", f"{LEASES} go-template='{template}'")
    hosts.lab.thaw("n3")

    assert still == "Ready"
    assert time.time() - silent_since > 2
    lease_of = [dict(line.split() for line in text.splitlines()) for text in (first, last)]
    assert lease_of[0]["n3"] == lease_of[1]["n3"]
    assert lease_of[0]["n1"] != lease_of[1]["n1"]
    assert holders.split() == ["n1", "n3"]
    assert json.loads(hosts.out("n1", f"{LEASES} json"))["kind"] == "List"
    poll(lambda: hosts.node_status("n3") == "Ready", "the worker again")


@pytest.mark.slow
def test_a_new_controller_manager_counts_a_nodes_silence_anew(hosts: Hosts) -> None:
    grace = 6.0
    hosts.set_fact("n1", "grace_seconds", grace)
    hosts.form("n1", workers=("n3",))
    poll(lambda: hosts.node_status("n3") == "Ready", "the worker")
    hosts.lab.freeze("n3")
    silent_since = time.monotonic()

    # Each restart ends one leader: the next waits for its lease and then for the whole silence.
    statuses = []
    while time.monotonic() - silent_since < grace + 2:
        restart_kubelite(hosts, "n1")
        poll(lambda: hosts.node_status("n1") == "Ready", "the API server")
        statuses.append(hosts.node_status("n3"))
    poll(lambda: hosts.node_status("n3") == "NotReady", "the worker's end", 60)
    hosts.lab.thaw("n3")

    assert set(statuses) == {"Ready"}


def test_a_node_may_list_its_images_which_makes_the_answer_long(hosts: Hosts) -> None:
    hosts.set_fact("n1", "images", 50)
    hosts.install("n1")
    poll(lambda: hosts.node_status("n1") == "Ready", "the node")

    whole = hosts.out("n1", "microk8s kubectl get nodes -o json")
    used = hosts.out("n1", "microk8s kubectl get nodes -o jsonpath='{.items[*].metadata.name}'")

    assert len(whole.splitlines()) > 300
    assert used == "n1"
