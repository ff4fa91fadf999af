"""A node is removed from its cluster, alive or dead. Over HTTP, on lab hosts."""

import json

import pytest
from dead_hosts import SILENT
from stack import poll
from variants import first_of

KUBECTL = "/snap/bin/microk8s kubectl"
THREE = {"control_plane": ["n1", "n2", "n3"]}
TWO = {"control_plane": ["n1"], "workers": ["n2"]}


def succeeded(stack, answer):
    assert answer.status_code == 202, answer.text
    job = stack.finish(answer.json()["id"], seconds=500)
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    return job


def remove(stack, node, **params):
    return stack.post("prod", {"node": node, **params}, kind="remove-node")


def refusals(answer):
    assert answer.status_code == 409, answer.text
    return [row["code"] for row in answer.json()["findings"] if row["severity"] == "refuse"]


def nodes(lab, asked):
    table = lab.exec(asked, f"{KUBECTL} get nodes --no-headers").stdout
    return {row.split()[0]: row.split()[1] for row in table.splitlines()}


def owners(stack):
    rows = stack.client.get("/v1/hosts").json()["hosts"]
    return {row["name"]: row["cluster"] for row in rows if row["cluster"]}


def commands(lab, host):
    file = lab.log_directory(host) / "commands.jsonl"
    return len(file.read_text().splitlines())


@pytest.mark.parametrize(
    ("given", "dead", "seed"),
    first_of([(TWO, "n2", "n1"), (THREE, "n3", "n1"), (THREE, "n1", "n2")]),
)
def test_a_dead_node_is_struck_off_without_being_asked_and_its_host_is_free(
    stack, lab, given, dead, seed
):
    succeeded(stack, stack.post("prod", given))
    refused_alive = refusals(remove(stack, dead, force=True))
    lab.kill(dead)
    asked = commands(lab, dead)

    try:
        lab.exec(seed, SILENT.format(dead))
        succeeded(stack, stack.post("prod", {}, kind="verify"))
        refused_dead = refusals(remove(stack, dead))
        job = succeeded(stack, remove(stack, dead, force=True))
        listed, asked_since = set(nodes(lab, seed)), commands(lab, dead) - asked
    finally:
        lab.boot(dead)  # its kubelet registers anew, of which the finding hosts-kept warns

    rest = {*given["control_plane"], *given.get("workers", ())} - {dead}
    assert (refused_alive, refused_dead) == (["node-alive"], ["node-dead"])
    assert [step["name"] for step in job["steps"]] == [
        *("observe", "remove_dead_node", "verify_quorum"),
    ]
    assert (listed, asked_since) == (rest, 0)
    assert job["quorum"]["now"]["members"] == len(rest & {*given["control_plane"]})
    poll(lambda: owners(stack) == dict.fromkeys(rest, "prod"), seconds=5, what=f"{dead} to be free")
    assert set(stack.client.get("/v1/clusters/prod").json()["nodes"]) == rest


@pytest.mark.slow
def test_the_first_control_plane_node_leaves_its_host_is_freed_and_can_join_again(stack, lab):
    succeeded(stack, stack.post("prod", THREE))

    job = succeeded(stack, remove(stack, "n1"))

    assert (job["quorum"]["now"]["members"], job["quorum"]["expected"]["voters"]) == (2, 1)
    assert nodes(lab, "n2") == {"n2": "Ready", "n3": "Ready"}
    assert lab.exec("n1", "snap list microk8s").returncode != 0
    assert lab.exec("n1", "ls /var/lib/clusterwright").returncode != 0
    poll(lambda: set(owners(stack)) == {"n2", "n3"}, seconds=5, what="n1 to be free")
    again = succeeded(stack, stack.post("prod", {"control_plane": ["n1"]}, kind="add-nodes"))
    assert again["quorum"]["now"]["voters_alive"] == 3


@pytest.mark.slow
def test_a_job_whose_pods_a_budget_keeps_says_so_and_uncordons_the_node_when_it_is_cancelled(
    stack, lab
):
    succeeded(stack, stack.post("prod", TWO))
    lab.add_fault("n1", {"match": "microk8s kubectl drain", "action": "pdb-blocks-drain"})
    job_id = remove(stack, "n2").json()["id"]
    waiting = poll(
        lambda: (job := stack.job(job_id))["status"] == "waiting" and job,
        seconds=60,
        what="the drain to wait",
    )
    cordoned = nodes(lab, "n1")["n2"]

    stack.client.post(f"/v1/jobs/{job_id}/cancel")
    rested = stack.finish(job_id)
    left = nodes(lab, "n1")["n2"]
    lab.clear_fault("n1")
    stack.client.post(f"/v1/jobs/{job_id}/retry")
    job = stack.finish(job_id, seconds=120)

    assert "default/app-1 (budget default/app lets none go)" in waiting["waits"]["what"]
    assert (cordoned, rested["status"], left) == ("Ready,SchedulingDisabled", "cancelled", "Ready")
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    assert set(nodes(lab, "n1")) == {"n1"}


@pytest.mark.slow
def test_a_worker_that_has_left_and_is_listed_still_is_taken_out_by_a_retry(stack, lab):
    succeeded(stack, stack.post("prod", TWO))
    lab.add_fault("n1", {"match": "microk8s remove-node", "action": "fail-before"})
    job_id = remove(stack, "n2").json()["id"]
    leaving = 4  # after look, verification, cordon and drain
    poll(
        lambda: stack.job(job_id)["steps"][leaving]["status"] == "retrying",
        seconds=120,
        what="the removal to fail",
    )
    stack.client.post(f"/v1/jobs/{job_id}/cancel")
    stack.finish(job_id)
    lab.clear_fault("n1")
    lab.exec("n1", SILENT.format("n2"))

    stack.client.post(f"/v1/jobs/{job_id}/retry")
    refused = stack.finish(job_id)
    accepted = {"accept": refused["acceptable"]}
    asked = stack.client.post(f"/v1/jobs/{job_id}/retry", json=accepted)
    assert asked.status_code == 202, asked.text
    job = stack.finish(job_id, seconds=120)

    assert accepted == {"accept": ["node-dead"]}  # for all that is seen of it, it may be
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    assert set(nodes(lab, "n1")) == {"n1"}
    assert lab.exec("n2", "snap list microk8s").returncode != 0
