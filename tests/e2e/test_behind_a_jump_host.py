"""Clusters behind a jump host that is no part of them; SSH from here reaches only that one."""

import json

import pytest
from stack import Stack

from lab import Lab

JUMP = "n1"
BEHIND = ("n2", "n3", "n4", "n5")
HA = {"control_plane": ["n2", "n3", "n4"], "environment": "prod"}
SEPARATED = {"topology": "separated", "workers": ["n5"], **HA}


@pytest.fixture
def behind(stack: Stack, lab: Lab) -> Stack:
    """A stack whose hosts but the first are known by their addresses on the lab's network only."""
    for row in lab.inventory():
        name = row.pop("name")
        if name == JUMP:
            continue
        lab.partition(name, "outside")
        way = {"address": row["node_address"], "port": 22, "jump": JUMP, "ssh_key": "lab"}
        answer = stack.client.put(f"/v1/hosts/{name}", json=row | way)
        assert answer.status_code == 200, answer.text
    return stack


@pytest.mark.slow
@pytest.mark.parametrize(
    ("params", "nodes"),
    [
        pytest.param(HA, 3, marks=pytest.mark.slow, id="ha"),
        pytest.param(SEPARATED, 4, id="separated"),
    ],
)
def test_a_cluster_forms_behind_a_jump_host_at_the_first_attempt_of_every_step(
    behind, lab, params, nodes
):
    answer = behind.post("prod", params)
    assert answer.status_code == 202, answer.text
    job = behind.finish(answer.json()["id"])

    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    again = [step for step in job["steps"] if (step["status"], step["attempt"]) != ("done", 1)]
    assert not again, behind.client.get(f"/v1/jobs/{job['id']}/events").text
    assert job["quorum"]["now"]["voters_alive"] == 3
    listing = lab.exec("n2", "/snap/bin/microk8s kubectl get nodes -o name").stdout
    assert len(listing.splitlines()) == nodes
    assert lab.exec(JUMP, "ls /snap/microk8s").returncode != 0


@pytest.mark.slow
def test_a_job_behind_a_jump_host_that_is_gone_tells_the_jump_host(behind, lab):
    lab.kill(JUMP)

    try:
        answer = behind.post("prod", HA)
        job = behind.finish(answer.json()["id"])
    finally:
        lab.boot(JUMP)

    assert job["status"] == "failed"
    assert f"through jump host {JUMP}: cannot reach {JUMP} at " in json.dumps(job["error"])
