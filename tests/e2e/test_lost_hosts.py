"""A host is lost for good: its job goes back, or on, without it. Over HTTP, on lab hosts."""

import json

import pytest
from stack import poll


def commands(lab, host, *words):
    file = lab.log_directory(host) / "commands.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return [row for row in rows if tuple(row["words"][: len(words)]) == words]


def owners(stack):
    rows = stack.client.get("/v1/hosts").json()["hosts"]
    return {row["name"]: row["cluster"] for row in rows if row["cluster"]}


def nodes(lab):
    return lab.exec("n1", "/snap/bin/microk8s kubectl get nodes --no-headers").stdout


def formed(stack):
    """Form a cluster of one node."""
    job = stack.finish(stack.post("prod", {"control_plane": ["n1"]}).json()["id"])
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)


def retried(stack, job_id, host):
    asked = stack.client.post(f"/v1/jobs/{job_id}/retry", json={"without": [host]})
    assert asked.status_code == 202, asked.text
    job = stack.finish(job_id, seconds=500)
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    return job


def test_a_job_goes_on_without_a_worker_that_died_before_it_joined(stack, lab):
    formed(stack)
    lab.add_fault("n3", {"match": "snap install", "action": "fail-before"})
    job_id = stack.post("prod", {"workers": ["n2", "n3"]}, kind="add-nodes").json()["id"]
    poll(
        lambda: stack.job(job_id)["steps"][3]["status"] == "retrying",
        seconds=60,
        what="the installation to fail on n3",
    )
    lab.kill("n3")

    try:
        stack.client.post(f"/v1/jobs/{job_id}/cancel")
        stack.finish(job_id)
        job = retried(stack, job_id, "n3")
    finally:
        lab.boot("n3")

    assert (job["without"], job["params"]["workers"]) == (["n3"], ["n2"])
    assert [step["name"] for step in job["steps"]][4:] == ["join_workers", "verify_quorum"]
    assert len(commands(lab, "n2", "snap", "install")) == 1  # by the first attempt
    cluster = stack.client.get("/v1/clusters/prod").json()
    assert {*cluster["nodes"], *cluster["coming"]} == {"n1", "n2"}
    assert owners(stack) == {"n1": "prod", "n2": "prod"}


def test_a_worker_that_died_after_it_joined_is_taken_out_and_the_other_joins(stack, lab):
    formed(stack)
    lab.add_fault("n2", {"match": "microk8s join", "action": "fail-before"})
    job_id = stack.post("prod", {"workers": ["n2", "n3"]}, kind="add-nodes").json()["id"]
    poll(
        lambda: stack.job(job_id)["steps"][4]["status"] == "retrying",
        seconds=60,
        what="the join to fail on n2",
    )
    assert "\nn3" in nodes(lab)
    lab.kill("n3")
    lab.clear_fault("n2")

    try:
        stack.client.post(f"/v1/jobs/{job_id}/cancel")
        stack.finish(job_id)
        job = retried(stack, job_id, "n3")
        left = nodes(lab)
    finally:
        lab.boot("n3")

    assert [step["name"] for step in job["steps"]][4:] == [
        *("join_workers", "remove_lost", "verify_quorum"),
    ]
    assert ("n2" in left, "\nn3" in left) == (True, False)
    assert owners(stack) == {"n1": "prod", "n2": "prod"}


@pytest.mark.slow
def test_a_member_that_died_as_it_joined_is_taken_out_and_the_next_one_joins(stack, lab):
    formed(stack)
    lab.add_fault("n2", {"match": "microk8s join", "action": "kill-after-member-add"})
    params = {"control_plane": ["n2", "n3"], "workers": ["n4"]}
    job_id = stack.post("prod", params, kind="add-nodes").json()["id"]
    poll(
        lambda: stack.job(job_id)["steps"][4]["status"] == "retrying",
        seconds=60,
        what="the join of n2 to fail",
    )
    lab.kill("n2")
    lab.clear_fault("n2")

    try:
        stack.client.post(f"/v1/jobs/{job_id}/cancel")
        stack.finish(job_id)
        looked = stack.finish(stack.post("prod", {}, kind="verify").json()["id"])
        job = retried(stack, job_id, "n2")
    finally:
        lab.boot("n2")

    assert looked["quorum"]["now"]["members"] == 2
    assert [(step["name"], step["status"]) for step in job["steps"]][4:7] == [
        ("join_control_plane", "left-out"),
        ("remove_lost", "done"),
        ("join_control_plane", "done"),
    ]
    assert job["quorum"]["now"]["members"] == job["quorum"]["expected"]["members"] == 2
    assert owners(stack) == {"n1": "prod", "n3": "prod", "n4": "prod"}


@pytest.mark.slow
def test_a_rollback_without_a_lost_host_undoes_the_rest_and_strikes_the_lost_one_out(stack, lab):
    formed(stack)
    lab.add_fault("n3", {"match": "microk8s join", "action": "fail-before"})
    params = {"control_plane": ["n2"], "workers": ["n3"]}
    job = stack.finish(stack.post("prod", params, kind="add-nodes").json()["id"], seconds=500)
    assert job["status"] == "failed"
    assert set(stack.client.get("/v1/clusters/prod").json()["nodes"]) == {"n1", "n2"}
    lab.kill("n2")

    try:
        asked = stack.client.post(f"/v1/jobs/{job['id']}/rollback", json={"without": ["n2"]})
        assert asked.status_code == 202, asked.text
        back = stack.finish(job["id"], seconds=500)
    finally:
        lab.boot("n2")

    assert (back["status"], back["without"]) == ("rolled-back", ["n2"]), json.dumps(back, indent=1)
    statuses = {step["name"]: step["status"] for step in back["steps"]}
    assert (statuses["preflight"], statuses["join_control_plane"]) == ("nothing-to-undo", "undone")
    assert set(stack.client.get("/v1/clusters/prod").json()["nodes"]) == {"n1"}
    assert owners(stack) == {"n1": "prod"}
    looked = stack.finish(stack.post("prod", {}, kind="verify").json()["id"])
    assert looked["quorum"]["now"]["voters"] == 1
    assert lab.exec("n3", "snap list microk8s").returncode != 0


@pytest.mark.slow
def test_a_rollback_strikes_a_lost_voter_out_before_another_leaves(stack, lab):
    formed(stack)
    lab.add_fault("n4", {"match": "microk8s join", "action": "fail-before"})
    params = {"control_plane": ["n2", "n3"], "workers": ["n4"]}
    job = stack.finish(stack.post("prod", params, kind="add-nodes").json()["id"], seconds=500)
    assert job["error"]["step"] == "join_workers", json.dumps(job["error"], indent=1)
    lab.kill("n2")

    try:
        stack.client.post(f"/v1/jobs/{job['id']}/rollback", json={"without": ["n2"]})
        back = stack.finish(job["id"], seconds=500)
    finally:
        lab.boot("n2")

    assert back["status"] == "rolled-back", json.dumps(back["error"], indent=1)
    assert set(stack.client.get("/v1/clusters/prod").json()["nodes"]) == {"n1"}
    assert owners(stack) == {"n1": "prod"}
    looked = stack.finish(stack.post("prod", {}, kind="verify").json()["id"])
    assert looked["quorum"]["now"]["voters"] == looked["quorum"]["now"]["voters_alive"] == 1
