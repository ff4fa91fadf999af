"""Injected faults, and what killed commands leave behind on real lab hosts."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest
from variants import first_of

from lab import Lab

BACKEND = "/var/snap/microk8s/current/var/kubernetes/backend"
MEMBERS = f"/snap/microk8s/current/bin/dqlite -s file://{BACKEND}/cluster.yaml k8s .cluster"
INSTALL = "snap install microk8s --classic --channel=1.32/stable"
SEED = "10.79.0.11"


@pytest.fixture(scope="module")
def module_lab() -> Iterator[Lab]:
    with Lab.up(3, name=f"emulator-faults-{os.getpid()}") as lab:
        yield lab


@pytest.fixture
def lab(module_lab: Lab) -> Lab:
    module_lab.reset()
    return module_lab


def run(lab: Lab, host: str, command: str) -> CompletedProcess[str]:
    return lab.exec(host, f"PATH=$PATH:/snap/bin; {command}", timeout=240)


def install(lab: Lab, *hosts: str) -> None:
    assert [run(lab, host, INSTALL).returncode for host in hosts] == [0] * len(hosts)


def new_token(lab: Lab) -> str:
    return run(lab, "n1", "microk8s add-node --format token-check").stdout.strip()


def join(lab: Lab, host: str, options: str = "") -> CompletedProcess[str]:
    return run(lab, host, f"microk8s join {SEED}:25000/{new_token(lab)} {options}")


def effects(lab: Lab, host: str, what: str) -> list[dict[str, Any]]:
    path = lab.log_directory(host) / "effects.jsonl"
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    return [entry for entry in entries if entry["what"] == what]


def poll(happened: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("action", "status", "text"),
    first_of(
        [
            ("fail-before", 1, "injected failure"),
            ("store-unreachable", 1, "error: unable to contact snap store"),
            ("channel-missing", 1, 'not available on channel "1.32/stable"'),
            ("disk-full", 1, 'error: cannot install "microk8s" due to low disk space'),
            ("hook-failure", 1, "Run install hook"),
            ("snap-busy", 10, 'snap "microk8s" has "auto-refresh" change in progress'),
        ],
        quick=2,
    ),
)
def test_a_refused_install_has_no_effect_and_the_next_one_works(
    lab: Lab, action: str, status: int, text: str
) -> None:
    lab.add_fault("n1", {"match": "snap install", "action": action, "times": 1})

    refused = run(lab, "n1", INSTALL)
    listed = run(lab, "n1", "snap list microk8s")
    again = run(lab, "n1", INSTALL)

    assert refused.returncode == status
    assert text in refused.stderr
    assert listed.returncode == 1
    assert again.returncode == 0


def test_snapd_stays_busy_for_the_given_seconds(lab: Lab) -> None:
    lab.add_fault("n1", {"match": "snap install", "action": "snap-busy", "seconds": 0.5})

    first = run(lab, "n1", INSTALL).returncode
    poll(lambda: run(lab, "n1", INSTALL).returncode == 0, "the end of the other change")

    assert first == 10


def test_a_join_that_fails_after_its_effect_has_made_the_host_a_member(lab: Lab) -> None:
    install(lab, "n1", "n2")
    lab.add_fault("n2", {"match": "microk8s join", "action": "fail-after", "rc": 4})

    status = join(lab, "n2").returncode

    assert status == 4
    assert "10.79.0.12:19001|spare" in run(lab, "n1", MEMBERS).stdout
    assert len(effects(lab, "n2", "member-added")) == 1


@pytest.mark.parametrize("options", ["", "--worker"])
def test_a_falsely_successful_join_adds_neither_member_nor_node(lab: Lab, options: str) -> None:
    install(lab, "n1", "n2")
    lab.add_fault("n2", {"match": "microk8s join", "action": "false-success"})

    answer = join(lab, "n2", options)

    assert answer.returncode == 0
    assert answer.stdout.endswith("Successfully joined the cluster.\n")
    assert "10.79.0.12" not in run(lab, "n1", MEMBERS).stdout
    assert "n2" not in run(lab, "n1", "microk8s kubectl get nodes -o name").stdout


def test_a_join_killed_after_the_member_was_added_leaves_a_dead_member_to_clean_up(
    lab: Lab,
) -> None:
    install(lab, "n1", "n2")
    killing = {"match": "microk8s join", "action": "kill-after-member-add", "times": 1}
    lab.add_fault("n2", killing)

    killed = join(lab, "n2")
    lock = run(lab, "n2", "ls /var/snap/microk8s/current/var/lock/join-in-progress").returncode
    in_file = f"grep -q 10.79.0.12: {BACKEND}/cluster.yaml"
    poll(lambda: run(lab, "n1", in_file).returncode == 0, "the member in the seed's file")
    refused = join(lab, "n2")
    run(lab, "n1", "microk8s remove-node 10.79.0.12 --force")
    run(lab, "n2", f"snap remove --purge microk8s; {INSTALL}")
    poll(lambda: run(lab, "n1", in_file).returncode == 1, "a seed's file without the member")
    joined = join(lab, "n2")

    assert (killed.returncode, lock) == (137, 0)
    assert "the joining node (10.79.0.12) is already known to dqlite" in refused.stdout
    assert joined.returncode == 0
    poll(lambda: "n2" in run(lab, "n1", "microk8s kubectl get nodes").stdout, "the node n2")


def test_a_join_killed_before_dqlite_started_leaves_the_cluster_as_it_was(lab: Lab) -> None:
    install(lab, "n1", "n2")
    lab.add_fault("n2", {"match": "microk8s join", "action": "kill-before-dqlite"})

    killed = join(lab, "n2").returncode

    assert killed == 137
    assert run(lab, "n1", MEMBERS).stdout == "2dc171858c3155be|10.79.0.11:19001|voter\n"


def test_a_running_join_is_a_process_called_join_py(lab: Lab) -> None:
    install(lab, "n1", "n2")
    lab.add_fault("n2", {"match": "microk8s join", "action": "hang"})
    url = f"{SEED}:25000/{'0' * 32}"

    run(lab, "n2", f"setsid microk8s join {url} >/dev/null 2>&1 </dev/null &")

    poll(lambda: run(lab, "n2", "pgrep -f '[j]oin[.]py'").returncode == 0, "a process join.py")
    run(lab, "n2", "pkill -9 -f '[j]oin[.]py'")


def test_tokens_are_masked_in_the_journal_and_kept_for_the_leak_test(lab: Lab) -> None:
    install(lab, "n1", "n2")
    url_secret = new_token(lab)
    token = url_secret.partition("/")[0]

    run(lab, "n2", f"microk8s join {SEED}:25000/{url_secret}")
    run(lab, "n1", f"microk8s add-node --token={token}")

    digest = hashlib.sha256(token.encode()).hexdigest()
    journals = [
        (lab.log_directory(host) / name).read_text()
        for host in ("n1", "n2")
        for name in ("commands.jsonl", "effects.jsonl")
    ]
    assert not any(token in journal for journal in journals)
    assert f"{SEED}:25000/sha256:{digest[:16]}" in journals[2]
    assert [entry["sha256"] for entry in effects(lab, "n1", "token-minted")] == [digest] * 2
    assert (lab.log_directory("n1") / "tokens.txt").read_text() == f"{token}\n{token}\n"


def test_an_empty_backup_says_success_and_a_renamed_one_restores_nothing(lab: Lab) -> None:
    install(lab, "n1")
    run(lab, "n1", "microk8s status --wait-ready; microk8s kubectl label node n1 kept=yes")
    labelled = "microk8s kubectl get nodes -l kept=yes -o name"

    good = run(lab, "n1", "cd /tmp; microk8s dbctl backup -o good; cp good.tar.gz other.tar.gz")
    run(lab, "n1", "microk8s kubectl label node n1 kept-")
    renamed = run(lab, "n1", f"microk8s dbctl restore /tmp/other.tar.gz; {labelled}")
    restored = run(lab, "n1", f"microk8s dbctl restore /tmp/good.tar.gz; {labelled}")
    lab.add_fault("n1", {"match": "microk8s dbctl backup", "action": "empty-backup"})
    empty = run(lab, "n1", "cd /tmp; microk8s dbctl backup -o e; tar tzf e.tar.gz | grep -c key")

    assert "The backup is: good.tar.gz" in good.stdout
    assert renamed.stdout == "Restoring from /tmp/other.tar.gz\n"
    assert restored.stdout == "Restoring from /tmp/good.tar.gz\nnode/n1\n"
    assert empty.stdout.splitlines()[-2:] == ["The backup is: e.tar.gz", "0"]


def test_membership_survives_a_killed_daemon_and_a_reboot_and_stop_survives_too(lab: Lab) -> None:
    install(lab, "n1", "n2")
    join(lab, "n2")
    before = run(lab, "n1", MEMBERS).stdout

    run(lab, "n2", "pkill -9 -f '[b]oot[.]py'")
    poll(lambda: run(lab, "n2", MEMBERS).stdout == before, "the member after its daemon was killed")
    lab.reboot("n2")
    poll(lambda: run(lab, "n2", MEMBERS).stdout == before, "the member after a reboot")
    run(lab, "n2", "microk8s stop")
    lab.reboot("n2")
    stopped = run(lab, "n2", "microk8s status")

    assert stopped.stdout == "microk8s is not running, try microk8s start\n"
    assert run(lab, "n2", "microk8s start").returncode == 0
    poll(lambda: run(lab, "n2", MEMBERS).stdout == before, "the member after start")


def test_a_cut_off_node_is_not_ready_and_comes_back_when_the_network_heals(lab: Lab) -> None:
    install(lab, "n1", "n2")
    join(lab, "n2", "--worker")
    nodes = "microk8s kubectl get nodes --no-headers"
    poll(lambda: " Ready" in line_of("n2", run(lab, "n1", nodes).stdout), "n2 Ready")

    lab.partition("n2")
    poll(lambda: " NotReady" in line_of("n2", run(lab, "n1", nodes).stdout), "n2 NotReady")
    lab.heal()

    poll(lambda: " Ready" in line_of("n2", run(lab, "n1", nodes).stdout), "n2 Ready again")


def line_of(node: str, table: str) -> str:
    return next((line for line in table.splitlines() if line.startswith(f"{node} ")), "")


def test_a_revert_brings_back_the_old_version_and_its_datastore(lab: Lab) -> None:
    install(lab, "n1")
    run(lab, "n1", "microk8s status --wait-ready")
    datastore = "readlink -f /var/snap/microk8s/current/var/kubernetes/backend"

    refreshed = run(lab, "n1", "snap refresh microk8s --channel=1.33/stable; microk8s version")
    new = run(lab, "n1", datastore).stdout
    reverted = run(lab, "n1", "snap revert microk8s; microk8s version")
    old = run(lab, "n1", datastore).stdout

    assert refreshed.stdout.endswith("MicroK8s v1.33.1 revision 8085\n")
    assert reverted.stdout == "microk8s reverted to v1.32.3\nMicroK8s v1.32.3 revision 7890\n"
    assert ("/8085/" in new, "/7890/" in old) == (True, True)


def test_a_revert_may_name_its_revision_and_a_switch_changes_the_channel_alone(lab: Lab) -> None:
    install(lab, "n1")
    for channel in ("1.33/stable", "1.34/stable"):
        run(lab, "n1", f"snap refresh microk8s --channel={channel}")

    unknown = run(lab, "n1", "snap revert microk8s --revision=1")
    run(lab, "n1", "snap revert microk8s --revision=7890")
    reverted = run(lab, "n1", "snap list microk8s").stdout
    switched = run(lab, "n1", "snap switch microk8s --channel=1.32/stable; snap list microk8s")

    assert (unknown.returncode, "revision 1 is not kept" in unknown.stderr) == (1, True)
    assert " ".join(reverted.splitlines()[-1].split()[1:4]) == "v1.32.3 7890 1.34/stable"
    assert 'switched to the "1.32/stable" channel' in switched.stdout
    assert " ".join(switched.stdout.splitlines()[-1].split()[1:4]) == "v1.32.3 7890 1.32/stable"


@pytest.mark.slow
def test_lost_quorum_is_repaired_by_reconfiguring_the_survivor(lab: Lab) -> None:
    install(lab, "n1", "n2", "n3")
    for host in ("n2", "n3"):
        join(lab, host)
    poll(lambda: run(lab, "n1", MEMBERS).stdout.count("|voter") == 3, "three voters")
    for host in ("n2", "n3"):
        lab.kill(host)
    alone = f"- Address: {SEED}:19001\\n  ID: 3297041220608546238\\n  Role: 0\\n"

    run(lab, "n1", "microk8s stop")
    run(lab, "n1", f"printf -- '{alone}' > {BACKEND}/cluster.yaml")
    dqlite = "/snap/microk8s/current/bin/dqlite -s 127.0.0.1:19001"
    reconfigured = run(lab, "n1", f'{dqlite} k8s ".reconfigure {BACKEND}/ {BACKEND}/cluster.yaml"')
    started = run(lab, "n1", "microk8s start")

    assert reconfigured.stdout == "OK\n"
    assert started.returncode == 0
    assert run(lab, "n1", MEMBERS).stdout == f"2dc171858c3155be|{SEED}:19001|voter\n"
    for host in ("n2", "n3"):
        lab.boot(host)
