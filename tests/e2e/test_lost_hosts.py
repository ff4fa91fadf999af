"""A host of a job is lost for good: the job is rolled back without it. Over HTTP, on lab hosts."""

import json

import pytest


@pytest.mark.slow
def test_a_rollback_without_a_lost_host_undoes_the_rest_and_strikes_the_lost_one_out(stack, lab):
    formed = stack.finish(stack.post("prod", {"control_plane": ["n1"]}).json()["id"])
    assert formed["status"] == "succeeded", json.dumps(formed["error"], indent=1)
    lab.add_fault("n3", {"match": "microk8s join", "action": "fail-before"})
    params = {"control_plane": ["n2"], "workers": ["n3"]}
    job = stack.finish(stack.post("prod", params, kind="add-nodes").json()["id"], seconds=170)
    assert job["status"] == "failed"
    assert set(stack.client.get("/v1/clusters/prod").json()["nodes"]) == {"n1", "n2"}
    lab.kill("n2")

    try:
        asked = stack.client.post(f"/v1/jobs/{job['id']}/rollback", json={"without": ["n2"]})
        assert asked.status_code == 202, asked.text
        back = stack.finish(job["id"], seconds=170)
    finally:
        lab.boot("n2")

    assert (back["status"], back["without"]) == ("rolled-back", ["n2"]), json.dumps(back, indent=1)
    statuses = {step["name"]: step["status"] for step in back["steps"]}
    assert (statuses["preflight"], statuses["join_control_plane"]) == ("nothing-to-undo", "undone")
    assert set(stack.client.get("/v1/clusters/prod").json()["nodes"]) == {"n1"}
    owners = {row["name"]: row["cluster"] for row in stack.client.get("/v1/hosts").json()["hosts"]}
    assert owners == {name: "prod" if name == "n1" else "" for name in owners}
    looked = stack.finish(stack.post("prod", {}, kind="verify").json()["id"])
    assert looked["quorum"]["now"]["voters"] == 1
    assert lab.exec("n3", "snap list microk8s").returncode != 0
