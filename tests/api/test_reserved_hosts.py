"""A host that a job has reserved and that is no node: who has it is told, and how it comes free."""

import pytest
from api_requests import HOST_KEY, Steps, change

HOST = {"address": "10.0.0.2", "host_key": HOST_KEY}
OTHER = "/v1/clusters/dev/changes"


def asked(client, kind, **params):
    answer = client.post("/v1/clusters/prod/changes", json={"kind": kind, "params": params})
    assert answer.status_code == 202, answer.text
    return answer.json["id"]


@pytest.fixture
def failed(client, ledger, job):
    """The id of a job that has begun to add n2 to cluster prod, and has failed."""
    Steps(ledger, job).finish()
    adding = asked(client, "add-nodes", workers=["n2"])
    steps = Steps(ledger, adding)
    steps.begin()
    steps.fail()
    return adding


@pytest.fixture
def overtaken(client, ledger, failed):
    """The same, once another job has changed the cluster."""
    Steps(ledger, asked(client, "label-nodes", labels={"n1": {"disk": "ssd"}})).finish()
    return failed


def refused(client):
    """Return what refuses a cluster of n2, and its only finding."""
    answer = client.post(OTHER, json=change(params={"control_plane": ["n2"]}))
    assert answer.status_code == 409, answer.text
    [finding] = answer.json["findings"]
    return answer.json, finding


def test_another_cluster_is_told_the_job_that_may_still_need_the_host(client, failed):
    _, finding = refused(client)

    assert finding["code"] == "host-reserved"
    assert f"reserved for cluster prod by job {failed}, which is failed" in finding["message"]
    assert "retry that job, or roll it back" in finding["advice"]
    assert client.post(f"/v1/jobs/{failed}/rollback").status_code == 202


def test_another_cluster_is_told_how_a_host_comes_free_that_nobody_goes_on_with(
    client, ledger, inventory, overtaken
):
    _, finding = refused(client)

    assert f"job {overtaken}, which goes neither on nor back any more" in finding["message"]
    assert "add it to prod, then remove it there" in finding["advice"]
    for kind, params in [("add-nodes", {"workers": ["n2"]}), ("remove-node", {"node": "n2"})]:
        Steps(ledger, asked(client, kind, **params)).finish()
    assert inventory.host("n2").cluster == ""


def test_a_node_of_another_cluster_is_told_as_before(client, ledger, job):
    Steps(ledger, job).finish()

    answer = client.post(OTHER, json=change())

    [finding] = answer.json["findings"]
    assert (finding["code"], finding["message"]) == (
        "host-in-cluster",
        "host n1 belongs to cluster prod",
    )
    assert finding["actions"] == [
        {
            "action": "plan-change",
            "arguments": {"kind": "remove-node", "cluster": "prod"},
            "request": "POST /v1/clusters/prod/plans",
        }
    ]


def test_a_reserved_host_is_neither_deleted_nor_moved_and_its_job_is_named(client, overtaken):
    deleted = client.delete("/v1/hosts/n2")
    moved = client.put("/v1/hosts/n2", json=HOST | {"address": "10.0.0.9"})

    for answer in (deleted, moved):
        assert (answer.status_code, answer.json["type"]) == (409, "/problems/host-in-use")
        assert f"job {overtaken}" in answer.json["detail"]
        assert "remove it from the cluster first" not in answer.json["detail"]
    assert "add it to prod, then remove it there" in deleted.json["detail"]


def test_a_retry_is_told_the_job_that_has_reserved_its_host_meanwhile(client, ledger, job):
    Steps(ledger, job).finish()
    first = asked(client, "add-nodes", workers=["n2", "n3"])
    assert client.post(f"/v1/jobs/{first}/cancel").json["status"] == "cancelled"
    second = asked(client, "add-nodes", workers=["n2"])
    steps = Steps(ledger, second)
    steps.begin()
    steps.fail()

    answer = client.post(f"/v1/jobs/{first}/retry")

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/host-taken")
    assert f"reserved for cluster prod by job {second}, which is failed" in answer.json["detail"]
    assert "retry that job, or roll it back" in answer.json["detail"]
