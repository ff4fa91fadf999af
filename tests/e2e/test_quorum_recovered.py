"""A cluster that has lost its quorum is recovered by those that are left. Over HTTP, on lab hosts.

The commands are those of docs/how-to/recover-quorum.md, as they are pasted.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from dead_hosts import BACKEND, SILENT, await_voters_listed
from pasting import blocks_of, paste
from stack import poll
from test_a_year import KEPT, KUBECTL
from test_kinds_killed import UNCHANGING, form, kill_each_step_once

from deploy_scripts.microk8s.raft_log import PROGRAM
from lab import Lab

LEADER = f"/snap/microk8s/current/bin/dqlite -s file://{BACKEND}/cluster.yaml k8s .leader"
COPIES = "find /var/lib/clusterwright/recovery -name 'backend-*.tar.gz' -perm 600"
THREE, FIVE = ["n1", "n2", "n3"], ["n1", "n2", "n3", "n4", "n5"]


@pytest.fixture(scope="module")
def emulated_lab():
    with Lab.up(5, name=f"recovered-{os.getpid()}", dqlite="emulated") as lab:
        yield lab


@pytest.fixture
def lab(request):
    """Five hosts, with the dqlite that is installed here unless the test wants the emulated one."""
    wanted = getattr(request, "param", "running_lab")
    found = request.getfixturevalue(wanted)
    found.heal()
    found.reset()
    yield found
    found.heal()


def formed(stack, lab, members):
    """Form the cluster, and wait until the list of members on each host's disk is the last one."""
    job = stack.finish(stack.post("prod", {"control_plane": members}).json()["id"], seconds=500)
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    await_voters_listed(lab, *members)


def lose(stack, lab, lost, *, seen_by):
    power_off(lab, lost)
    look_leaderless(stack, lab, lost, seen_by=seen_by)


def power_off(lab, lost):
    """Cut the power of all at once: of one after the other a stand-by could take the place."""
    with ThreadPoolExecutor() as together:
        list(together.map(lab.kill, lost))


def look_leaderless(stack, lab, lost, *, seen_by):
    """Look once nobody leads: such a look takes its time."""
    for host in lost:
        lab.exec(seen_by, SILENT.format(host))
    poll(lambda: lab.exec(seen_by, LEADER).returncode != 0, seconds=60, what="nobody to lead")
    stack.finish(stack.post("prod", {}, kind="verify").json()["id"])
    assert stack.client.get("/v1/clusters/prod").json()["observation"]["has_leader"] is False


def asked(lost):
    params = {"lost": lost, "confirm": "prod", "dead_are_off": True}
    return {"kind": "recover-quorum", "params": params}


def plan(stack, lost):
    return stack.client.post("/v1/clusters/prod/plans", json=asked(lost)).json()


def codes(story, severity=None):
    rows = story["findings"]
    return {row["code"] for row in rows if severity in (None, row["severity"])}


def require_recovered(stack, lab, survivors, lost):
    """The record, the datastore, Kubernetes and the inventory know the survivors alone."""
    there = stack.client.get("/v1/clusters/prod").json()
    table = lab.exec(survivors[0], f"{KUBECTL} get nodes --no-headers").stdout
    hosts = stack.client.get("/v1/hosts").json()["hosts"]
    assert sorted(there["nodes"]) == survivors
    assert there["observation"]["has_leader"] is True
    assert sorted(row["host"] for row in there["observation"]["members"]) == survivors
    assert sorted(line.split()[0] for line in table.splitlines()) == survivors
    assert {row["name"] for row in hosts if row["cluster"]} == set(survivors)
    assert [row["cluster"] for row in hosts if row["name"] in lost] == [""] * len(lost)


@pytest.mark.parametrize(
    "lab",
    ["running_lab", pytest.param("emulated_lab", marks=pytest.mark.slow)],
    indirect=True,
)
def test_the_pages_commands_recover_a_cluster_of_which_two_of_three_are_lost(stack, lab):
    lost = ["n2", "n3"]
    formed(stack, lab, THREE)
    assert lab.exec("n1", KEPT).returncode == 0
    healthy = plan(stack, lost)
    lose(stack, lab, lost, seen_by="n1")
    silent = lab.exec("n1", f"timeout 20 {KUBECTL} get configmap kept")
    story = plan(stack, lost)

    [block] = blocks_of("recover-quorum.md")
    printed = paste(stack, block)
    jobs = stack.client.get("/v1/jobs?cluster=prod").json()["jobs"]
    job = stack.job(next(row["id"] for row in jobs if row["kind"] == "recover-quorum"))
    told = {row["name"]: row["hosts"].get("n1", {}).get("detail", "") for row in job["steps"]}

    assert codes(healthy, "refuse") == {"has-quorum", "node-alive"}
    assert silent.returncode != 0
    assert story["allowed"] is True
    assert {"guard-exempt", "writes-may-be-lost"} <= codes(story)
    assert "guard-exempt" in printed
    assert "recover-quorum prod succeeded" in printed
    [copy] = lab.exec("n1", COPIES).stdout.split()
    assert copy.split("/")[-2] == job["id"]
    assert told["keep_backends"].endswith(f" bytes in {copy.split('/')[-1]}")
    assert told["choose_log"].startswith("n1: up to entry ")
    assert told["choose_log"].endswith("; n1 is taken")
    require_recovered(stack, lab, ["n1"], lost)
    assert "kept" in lab.exec("n1", f"{KUBECTL} get configmap kept").stdout


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("lab", ["running_lab", "emulated_lab"], indirect=True)
@pytest.mark.parametrize("lost", [["n2", "n3"], ["n1", "n2", "n3"]], ids=["two", "three"])
def test_five_lose_their_voters_and_those_that_are_left_vote_from_then_on(stack, lab, lost):
    formed(stack, lab, FIVE)
    survivors = [host for host in FIVE if host not in lost]
    assert lab.exec(survivors[0], KEPT).returncode == 0
    lose(stack, lab, lost, seen_by=survivors[0])

    answer = stack.client.post("/v1/clusters/prod/changes", json=asked(lost))
    assert answer.status_code == 202, answer.text
    job = stack.finish(answer.json()["id"], seconds=500)

    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    require_recovered(stack, lab, survivors, lost)
    assert "kept" in lab.exec(survivors[0], f"{KUBECTL} get configmap kept").stdout
    members = stack.client.get("/v1/clusters/prod/quorum").json()["members"]
    voters = 1 if len(survivors) < 3 else 3
    assert [row["role"] for row in members].count("voter") == voters


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("lab", ["emulated_lab"], indirect=True)
def test_the_log_of_a_survivor_that_missed_what_was_written_last_is_not_taken(stack, lab):
    formed(stack, lab, FIVE)
    lab.partition("n4")
    assert lab.exec("n5", KEPT).returncode == 0
    poll(lambda: log_end(lab, "n5") > log_end(lab, "n4"), seconds=60, what="n4 to fall behind")
    lost = ["n1", "n2", "n3"]
    power_off(lab, lost)
    lab.heal()
    look_leaderless(stack, lab, lost, seen_by="n5")

    answer = stack.client.post("/v1/clusters/prod/changes", json=asked(lost))
    assert answer.status_code == 202, answer.text
    job = stack.finish(answer.json()["id"], seconds=500)

    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    rows = next(row["hosts"] for row in job["steps"] if row["name"] == "choose_log")
    assert rows["n5"]["detail"].endswith("; n5 is taken")
    require_recovered(stack, lab, ["n4", "n5"], lost)


def log_end(lab, host):
    """Return term and number of the last entry of a host's log, as the recovery reads them."""
    told = lab.exec(host, f"python3 -I -S - {BACKEND} <<'END'\n{PROGRAM.read_text()}\nEND")
    _, term, index, _ = told.stdout.split()
    return int(term), int(index)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("lab", ["emulated_lab"], indirect=True)
def test_a_recovery_goes_on_although_each_step_is_killed_in_its_middle(stack, lab):
    form(stack, lab, "recover-quorum")
    answer = stack.client.post("/v1/clusters/prod/changes", json=asked(["n2", "n3"]))
    assert answer.status_code == 202, answer.text

    with redis.Redis.from_url(stack.redis_url, decode_responses=True) as client:
        job, killed = kill_each_step_once(stack, client, answer.json()["id"])

    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    assert any(job["steps"][index]["name"] not in UNCHANGING for index in killed)
    require_recovered(stack, lab, ["n1"], ["n2", "n3"])
