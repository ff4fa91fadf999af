"""Saves of a lab: a formed cluster that comes back as it was, as often as wished."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from emulated import DQLITE, Hosts, poll
from snap_tree import write_tree

from cli.lab.commands import lab as command_line
from lab import Lab, LabRefused
from lab.emulator.dqlite_wire import VOTER

NAMES = ("n1", "n2", "n3")
NOTE = "/var/lib/clusterwright/mark"
MARK = "NoSchedule"


@pytest.fixture(scope="module")
def formed_lab() -> Iterator[Lab]:
    """A lab of three control plane nodes, a label, a taint and a note, saved as ``formed``."""
    with Lab.up(3, name=f"saves-{os.getpid()}") as lab:
        hosts = Hosts(lab)
        hosts.form(*NAMES)
        poll(lambda: hosts.effects("n3", "kicked") != [], "the kicker's restart")
        poll(lambda: statuses(hosts) == ["Ready"] * 3, "three nodes")
        # Of two voters, which are there for a moment while the third node joins, none may go.
        poll(lambda: roles(hosts) == [VOTER] * 3, "three voters", 60)
        hosts.run("n1", "microk8s kubectl label node n2 zone=a")
        hosts.run("n1", f"microk8s kubectl taint node n2 zone=a:{MARK}")
        hosts.run("n2", f"mkdir -p {os.path.dirname(NOTE)}; echo job-1 > {NOTE}")
        lab.save("formed")
        yield lab


@pytest.fixture
def hosts(formed_lab: Lab) -> Hosts:
    formed_lab.restore("formed")
    return Hosts(formed_lab)


def roles(hosts: Hosts) -> list[int]:
    """The members' roles in the datastore; empty where there is no leader."""
    output = hosts.run("n1", f"{DQLITE} .cluster")
    return [m["Role"] for m in json.loads(output.stdout)] if output.returncode == 0 else []


def statuses(hosts: Hosts) -> list[str]:
    return [hosts.node_status(name) for name in NAMES]


def nodes(hosts: Hosts) -> dict[str, Any]:
    """What of each Node object its cluster knows it by, without what changes by the second."""
    items = json.loads(hosts.out("n1", "microk8s kubectl get nodes -o json"))["items"]
    return {
        item["metadata"]["name"]: (
            item["metadata"]["uid"],
            item["metadata"]["labels"],
            item["spec"].get("taints", []),
            item["status"]["addresses"],
        )
        for item in items
    }


def picture(hosts: Hosts) -> dict[str, Any]:
    identity = "cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub; hostname -I; ls /root"
    services = "snap services microk8s; snap list"
    certificates = "sha256sum /var/snap/microk8s/current/certs/*"
    return {
        "members": hosts.members(),
        "nodes": nodes(hosts),
        "hosts": [hosts.out(name, identity) for name in NAMES],
        "services": [hosts.out(name, services) for name in NAMES],
        "note": hosts.out("n2", f"cat {NOTE}"),
        "certificates": [hosts.out(name, certificates) for name in NAMES],
        "inventory": hosts.lab.inventory(),
    }


def is_removed(hosts: Hosts, node: str) -> bool:
    hosts.run("n1", f"microk8s remove-node {node}")
    return hosts.run("n1", f"microk8s kubectl get node {node}").returncode != 0


def change_everything(hosts: Hosts) -> None:
    hosts.run("n1", "microk8s kubectl label node n2 zone=b --overwrite; touch /root/after")
    hosts.run("n1", f"microk8s kubectl taint node n2 zone:{MARK}-")
    hosts.run("n2", f"echo job-2 > {NOTE}")
    hosts.run("n3", "microk8s leave")
    # Who led may have left: the two that are left settle it first.
    poll(lambda: is_removed(hosts, "n3"), "the nodes that are left")
    hosts.run("n3", "snap remove --purge microk8s")


def test_a_cluster_is_as_it_was_saved_each_time_it_is_restored(hosts: Hosts) -> None:
    before = picture(hosts)
    assert before["members"] == ["10.79.0.11", "10.79.0.12", "10.79.0.13"]
    assert before["nodes"]["n2"][1]["zone"] == "a"
    assert before["note"] == "job-1\n"

    for _ in range(2):
        change_everything(hosts)
        changed = picture(hosts)
        hosts.lab.restore("formed")
        after = picture(hosts)

        assert changed["members"] == ["10.79.0.11", "10.79.0.12"]
        assert sorted(changed["nodes"]) == ["n1", "n2"]
        assert after == before
        poll(lambda: statuses(hosts) == ["Ready"] * 3, "three nodes again")


def test_a_restored_cluster_takes_changes_as_before(hosts: Hosts) -> None:
    labelled = hosts.run("n3", "microk8s kubectl label node n1 after=restore")
    left = hosts.run("n3", "microk8s leave")
    removed = hosts.run("n1", "microk8s remove-node n3")

    assert (labelled.returncode, left.returncode, removed.returncode) == (0, 0, 0)
    assert hosts.members() == ["10.79.0.11", "10.79.0.12"]


@pytest.mark.slow
def test_a_client_that_knows_the_host_gets_in_and_finds_no_process_of_after_the_save(
    hosts: Hosts,
) -> None:
    hosts.background("n2", "sleep 1234")

    hosts.lab.restore("formed")

    config = str(hosts.lab.directory / "ssh_config")
    words = ["ssh", "-F", config, "n2", "pgrep -fc '[s]leep 1234'"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "0\n", "")


@pytest.mark.slow
def test_saving_interrupts_nothing(hosts: Hosts) -> None:
    group = hosts.background("n2", "sleep 1234")

    hosts.lab.save("other")

    assert hosts.run("n2", f"kill -0 {group}").returncode == 0
    assert hosts.lab.status()["hosts"]["n2"]["power"] == "up"
    assert [save.name for save in hosts.lab.saved()] == ["formed", "other"]


@pytest.mark.slow
def test_what_was_stopped_off_cut_full_or_faulty_is_so_again(hosts: Hosts) -> None:
    kubelite = "systemctl is-active snap.microk8s.daemon-kubelite"
    hosts.run("n2", "snap stop microk8s.daemon-kubelite")
    hosts.lab.kill("n3")
    hosts.lab.partition("n1", "n3", one_way=True)
    hosts.lab.add_fault("n1", {"match": "microk8s join", "action": "fail-before"})
    hosts.lab.add_condition("n1", "sysctl-fixed")
    hosts.lab.fill_disk("n1")
    hosts.lab.save("troubled")
    faults = hosts.lab.faults("n1")

    hosts.lab.restore("formed")
    healthy = hosts.lab.status()
    running = hosts.out("n2", kubelite)
    own_faults = hosts.lab.faults("n1")
    hosts.lab.restore("troubled")
    troubled = hosts.lab.status()

    assert (healthy["cuts"], healthy["hosts"]["n3"]["power"], own_faults) == ([], "up", [])
    assert not healthy["hosts"]["n1"]["disk_full"]
    assert running == "active\n"
    assert (troubled["cuts"], troubled["hosts"]["n3"]["power"]) == ([["n1", "n3"]], "off")
    assert troubled["hosts"]["n1"]["disk_full"]
    assert hosts.out("n2", kubelite) == "inactive\n"
    assert hosts.lab.faults("n1") == faults
    assert hosts.lab.conditions("n1") == ("sysctl-fixed",)


@pytest.mark.slow
def test_services_that_were_stopped_at_the_save_start_at_the_next_boot(hosts: Hosts) -> None:
    kubelite = "systemctl is-active snap.microk8s.daemon-kubelite"
    hosts.run("n2", "snap stop microk8s.daemon-kubelite")
    hosts.lab.save("stopped")
    hosts.lab.restore("stopped")
    stopped = hosts.out("n2", kubelite)

    hosts.lab.reboot("n2")

    assert stopped == "inactive\n"
    poll(lambda: hosts.out("n2", kubelite) == "active\n", "the service that is enabled")


@pytest.mark.slow
def test_a_save_outlasts_a_reset(hosts: Hosts) -> None:
    before = picture(hosts)

    hosts.lab.reset()
    bare = hosts.out("n1", "snap list")
    hosts.lab.restore("formed")

    assert "microk8s" not in bare
    assert picture(hosts) == before


@pytest.mark.slow
def test_a_save_of_the_same_name_takes_the_place_of_the_older_one(hosts: Hosts) -> None:
    hosts.run("n1", "echo first > /root/which")
    hosts.lab.save("twice")
    hosts.run("n1", "echo second > /root/which")
    hosts.lab.save("twice")
    hosts.run("n1", "echo third > /root/which")

    hosts.lab.restore("twice")

    assert hosts.out("n1", "cat /root/which") == "second\n"


def test_a_save_that_is_not_there_is_refused_with_those_that_are(hosts: Hosts) -> None:
    with pytest.raises(LabRefused, match=r"cannot find the save forged: this lab has formed"):
        hosts.lab.restore("forged")

    assert hosts.node_status("n1") == "Ready"


def test_a_frozen_host_is_not_saved_and_no_name_leads_out_of_the_lab(hosts: Hosts) -> None:
    hosts.lab.freeze("n2")

    with pytest.raises(LabRefused, match="cannot save halted: n2 is frozen; thaw it first"):
        hosts.lab.save("halted")
    with pytest.raises(LabRefused, match=r"cannot use the name '\.\./x'"):
        hosts.lab.save("../x")
    hosts.lab.thaw("n2")

    assert "halted" not in [save.name for save in hosts.lab.saved()]


@pytest.mark.slow
def test_a_save_of_other_hosts_or_of_another_lab_is_refused_and_nothing_is_touched(
    hosts: Hosts,
) -> None:
    mine = hosts.lab.directory / "saves" / "formed"
    for count, reason in (
        (2, "it holds the hosts n1, n2, n3, and this lab has n1, n2"),
        (3, "it comes from a lab that was started otherwise"),
    ):
        with Lab.up(count, name=f"others-{os.getpid()}") as others:
            theirs = others.directory / "saves" / "formed"
            theirs.mkdir()
            shutil.copyfile(mine / "save.json", theirs / "save.json")
            others.exec("n1", "touch /root/mine")

            with pytest.raises(LabRefused, match=reason):
                others.restore("formed")

            assert others.exec("n1", "ls /root").stdout == "mine\n"


def test_a_lab_that_shows_an_unpacked_snap_is_not_saved(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    tree = tmp_path / "snap"
    tree.mkdir(mode=0o755)
    with (
        Lab.up(1, name=f"shows-{os.getpid()}", snap=str(write_tree(tree))) as lab,
        pytest.raises(LabRefused, match=r"cannot save x: .* start a lab without --snap"),
    ):
        lab.save("x")


@pytest.mark.slow
def test_saves_end_with_their_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with Lab.up(1, name="brief", dqlite="emulated") as lab:
        lab.save("kept")
        assert (lab.directory / "saves" / "kept" / "roots" / "n1" / "etc" / "hostname").exists()

    assert list((tmp_path / "clusterwright-lab").iterdir()) == []


@pytest.mark.slow
def test_the_command_line_saves_restores_and_lists(hosts: Hosts) -> None:
    run = CliRunner(env={"CLUSTERWRIGHT_LAB": hosts.lab.name}).invoke
    hosts.run("n1", "touch /root/before")

    saved = run(command_line, ["save", "by-hand"])
    hosts.run("n1", "touch /root/after")
    restored = run(command_line, ["restore", "by-hand"])
    listed = run(command_line, ["saved"])
    refused = run(command_line, ["restore", "nothing"])

    assert (saved.exit_code, saved.output) == (0, "by-hand: the state of 3 hosts\n")
    assert restored.exit_code == 0, restored.output
    assert restored.output.startswith("3 hosts are as in by-hand again, after ")
    assert hosts.out("n1", "ls /root") == "before\n"
    line = next(text for text in listed.output.splitlines() if text.startswith("by-hand: "))
    assert line.endswith("+00:00, n1, n2, n3")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: cannot find the save nothing: this lab has ")
