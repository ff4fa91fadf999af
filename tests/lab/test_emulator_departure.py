"""Nodes that go, dead or alive: what is left of them in the cluster and on the host."""

import os
from collections.abc import Iterator

import pytest
from emulated import BACKEND, Hosts, lab_of, poll

pytestmark = pytest.mark.slow  # a cluster of four is formed first

NAMES = ("n1", "n2", "n3", "n4")
ADDRESSES = ["10.79.0.11", "10.79.0.12", "10.79.0.13"]


@pytest.fixture(scope="module")
def formed() -> Iterator[Hosts]:
    """Three control plane nodes and the worker n4."""
    with lab_of(4, f"emulator-departure-{os.getpid()}", dqlite="emulated") as lab:
        hosts = Hosts(lab)
        hosts.form("n1", "n2", "n3", workers=("n4",))
        poll(lambda: hosts.effects("n3", "kicked") != [], "the kicker's restart")
        poll(lambda: [hosts.node_status(name) for name in NAMES] == ["Ready"] * 4, "four nodes")
        lab.save("formed")
        yield hosts


@pytest.fixture
def hosts(formed: Hosts) -> Hosts:
    formed.lab.restore("formed")
    return formed


def remove(hosts: Hosts, words: str) -> tuple[int, str, str]:
    done = hosts.run("n1", f"microk8s remove-node {words}")
    return done.returncode, done.stdout, done.stderr


def is_struck_out(hosts: Hosts, node: str) -> bool:
    """Remove a node by force; return whether it is no member any more."""
    remove(hosts, f"{node} --force")
    return hosts.members() == [a for a in ADDRESSES if a != hosts.addresses[node]]


SILENT = (0, "", "")


@pytest.mark.parametrize("node", ["n3", "n4"], ids=["control plane", "worker"])
def test_a_node_that_left_is_no_member_and_its_node_object_stays_until_it_is_removed(
    hosts: Hosts, node: str
) -> None:
    left = hosts.run(node, "microk8s leave")
    poll(lambda: hosts.node_status(node) == "NotReady", "the node's end")
    poll(lambda: hosts.node_status(node, node) == "Ready", "a cluster of its own")
    alone = hosts.out(node, "microk8s kubectl get nodes --no-headers -o name")

    removed = remove(hosts, node)

    assert (left.returncode, removed) == (0, SILENT)
    assert "Generating new cluster certificates." in left.stdout
    assert alone == f"node/{node}\n"
    assert hosts.members() == [a for a in ADDRESSES if a != hosts.addresses[node]]
    assert hosts.node_status(node) == ""


def test_a_dead_control_plane_node_is_removed_by_force_only(hosts: Hosts) -> None:
    hosts.lab.kill("n3")

    status, text, _ = remove(hosts, "n3")
    members = hosts.members()
    forced = remove(hosts, "n3 --force")

    assert (status, members) == (1, ADDRESSES)
    assert text.startswith("Removal failed. Node n3 is registered with dqlite.")
    assert forced == SILENT
    # Who led may have died: the two that are left settle it first.
    poll(lambda: hosts.members() == ADDRESSES[:2], "the members that are left")
    assert hosts.node_status("n3") == ""


def test_a_dead_worker_needs_no_force(hosts: Hosts) -> None:
    hosts.lab.kill("n4")

    assert remove(hosts, "n4") == SILENT
    assert (hosts.members(), hosts.node_status("n4")) == (ADDRESSES, "")


def test_a_worker_that_is_removed_alive_comes_back_when_its_kubelet_starts(hosts: Hosts) -> None:
    removed = remove(hosts, "n4")
    gone = hosts.node_status("n4")

    hosts.run("n4", "snap restart microk8s.daemon-kubelite")

    assert (removed, gone) == (SILENT, "")
    poll(lambda: hosts.node_status("n4") == "Ready", "the node again")


def test_a_control_plane_node_that_is_removed_alive_by_force_is_no_member_any_more(
    hosts: Hosts,
) -> None:
    assert remove(hosts, "n3 --force") == SILENT
    assert (hosts.members(), hosts.node_status("n3")) == (ADDRESSES[:2], "")


def test_a_node_that_was_struck_off_while_it_was_off_is_no_member_again_when_it_comes_back(
    hosts: Hosts,
) -> None:
    hosts.lab.kill("n3")
    poll(lambda: is_struck_out(hosts, "n3"), "the members that are left")

    hosts.lab.boot("n3")
    # Asked at its own address alone, it tells who leads once its server runs.
    asked = f"/snap/microk8s/current/bin/dqlite -s {ADDRESSES[2]}:19001 k8s .leader"
    poll(lambda: hosts.out("n3", asked).strip('" \n') != "", "the datastore of n3")

    assert hosts.members() == ADDRESSES[:2]
    assert ADDRESSES[2] in hosts.out("n3", f"cat {BACKEND}/cluster.yaml")


def test_a_purge_empties_the_host_and_leaves_a_dead_member_in_the_cluster(hosts: Hosts) -> None:
    purged = hosts.run("n3", "snap remove --purge microk8s")
    again = hosts.run("n3", "snap remove --purge microk8s")
    left = hosts.run("n3", "ls -d /var/snap/microk8s /snap/bin/microk8s /snap/microk8s")
    services = hosts.out("n3", "systemctl list-units --no-legend 'snap.microk8s.*'")

    assert (purged.returncode, purged.stdout) == (0, "microk8s removed\n")
    assert (again.returncode, again.stderr) == (0, 'snap "microk8s" is not installed\n')
    assert (left.stdout, services) == ("", "")
    assert hosts.members() == ADDRESSES
    poll(lambda: hosts.node_status("n3") == "NotReady", "the node's end")
    assert remove(hosts, "n3 --force") == SILENT
    assert hosts.members() == ADDRESSES[:2]


def test_a_purged_host_joins_again_once_its_member_is_struck_out(hosts: Hosts) -> None:
    hosts.run("n3", "snap remove --purge microk8s")
    hosts.install("n3")
    refused = hosts.join("n3")
    # Who led may have been purged: the two that are left settle it first.
    poll(lambda: is_struck_out(hosts, "n3"), "the members that are left")
    hosts.run("n3", "snap remove --purge microk8s")
    hosts.install("n3")

    poll(lambda: hosts.join("n3").returncode == 0, "the join, once cluster.yaml is rewritten")

    assert refused.returncode != 0
    assert hosts.members() == ADDRESSES
    poll(lambda: hosts.node_status("n3") == "Ready", "the node")


def test_a_cluster_is_taken_apart_worker_first_until_no_host_has_microk8s(hosts: Hosts) -> None:
    for node in ("n4", "n3", "n2"):
        assert hosts.run(node, "microk8s leave").returncode == 0
        assert remove(hosts, node) == SILENT
        assert hosts.run(node, "snap remove --purge microk8s").returncode == 0
    assert hosts.members() == ADDRESSES[:1]
    last = hosts.run("n1", "snap remove --purge microk8s")

    assert last.returncode == 0
    assert [hosts.out(name, "snap list 2>&1; ls -A /var/snap") for name in NAMES] == [
        hosts.out("n1", "snap list 2>&1; ls -A /var/snap")
    ] * 4
    assert "microk8s" not in hosts.out("n1", "snap list; ls /var/snap")
