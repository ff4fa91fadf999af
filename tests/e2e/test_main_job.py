"""The main job over HTTP, on real parts: three topologies, live events, quorum."""

import json

import pytest

SINGLE = {"control_plane": ["n1"]}
HA = {"control_plane": ["n1", "n2", "n3"], "environment": "prod"}
SEPARATED = {
    "topology": "separated",
    "environment": "prod",
    "control_plane": ["n1", "n2", "n3"],
    "workers": ["n4", "n5"],
    "labels": {"n4": {"disk": "ssd"}},
    "addons": ["metrics-server"],
}


def succeeded(stack, answer):
    assert answer.status_code == 202, answer.text
    job = stack.finish(answer.json()["id"])
    assert job["status"] == "succeeded", json.dumps(job["error"], indent=1)
    return job


def nodes_of(lab, host="n1"):
    document = lab.exec(host, "/snap/bin/microk8s kubectl get nodes -o json").stdout
    return {row["metadata"]["name"]: row for row in json.loads(document)["items"]}


def formed(stack, params, voters):
    """Have a cluster formed by one request."""
    job = succeeded(stack, stack.post("prod", params))
    assert {step["status"] for step in job["steps"]} == {"done"}
    assert job["quorum"]["now"]["voters_alive"] == voters
    assert job["quorum"]["now"]["ha"] is (voters == 3)


def test_one_request_forms_a_cluster_of_one(stack, lab):
    formed(stack, SINGLE, voters=1)

    assert list(nodes_of(lab)) == ["n1"]


def test_one_request_forms_a_separated_cluster_with_its_taints_and_labels(stack, lab):
    formed(stack, SEPARATED, voters=3)

    found = nodes_of(lab)
    assert len(found) == 5
    taints = {
        name: [t["key"] for t in row["spec"].get("taints", [])] for name, row in found.items()
    }
    assert taints["n1"] == taints["n3"] == ["node-role.kubernetes.io/control-plane"]
    assert taints["n4"] == []
    assert found["n4"]["metadata"]["labels"]["disk"] == "ssd"
    status = lab.exec("n1", "/snap/bin/microk8s status --format short").stdout
    assert "core/metrics-server: enabled" in status


def test_one_request_forms_an_ha_cluster_and_shows_it_as_it_was_last_seen(stack, lab):
    formed(stack, HA, voters=3)
    assert len(nodes_of(lab)) == 3

    cluster = stack.client.get("/v1/clusters/prod").json()
    what_if = stack.client.get("/v1/clusters/prod/quorum", params={"what_if": "stop:n2"}).json()

    members = cluster["observation"]["members"]
    assert [row["role"] for row in members] == ["voter"] * 3
    assert sum(row["leader"] for row in members) == 1
    assert cluster["formed"] is True
    assert json.dumps(what_if)


def test_the_events_tell_the_whole_story_and_end(stack):
    job = succeeded(stack, stack.post("prod", SINGLE))

    events = stack.client.get(f"/v1/jobs/{job['id']}/events").text

    kinds = [line.removeprefix("event: ") for line in events.splitlines() if line[:7] == "event: "]
    numbers = [int(line[4:]) for line in events.splitlines() if line[:4] == "id: "]
    assert kinds[:2] == ["job.accepted", "job.started"]
    assert kinds[-2:] == ["job.succeeded", "end"]
    assert kinds.count("step.succeeded") == len(job["steps"])
    assert sorted(set(numbers)) == list(range(1, job["seq"] + 1))


def test_the_same_request_twice_is_one_job(stack):
    first = stack.post("prod", SINGLE).json()["id"]
    second = stack.post("prod", SINGLE).json()["id"]

    assert first == second
    assert stack.finish(first)["status"] == "succeeded"


@pytest.mark.slow
def test_two_clusters_form_at_once(stack):
    one = stack.post("one", {"control_plane": ["n1"]})
    two = stack.post("two", {"control_plane": ["n2"]})

    assert succeeded(stack, one)["cluster"] == "one"
    assert succeeded(stack, two)["cluster"] == "two"
