"""A retry without hosts that are lost for good, over HTTP."""

import pytest
from api_requests import CHANGES, HOST_KEY, Steps

from cli.advice import commands
from cluster.spec import Host

CREATE = {"control_plane": ["n1"], "workers": ["n2", "n3"]}
JOIN = 3


@pytest.fixture
def job(client, ledger, inventory):
    """The id of a job that forms a cluster of three."""
    inventory.put_host(Host("n4", "10.0.0.4", HOST_KEY))
    body = {"kind": "create-cluster", "params": CREATE}
    return client.post(CHANGES, json=body).json["id"]


@pytest.fixture
def ended(ledger, steps: Steps, job):
    """The URL of that job, which has failed as its workers were to join."""
    for index in range(JOIN):
        steps.begin(index)
        steps.end(index)
    steps.begin(JOIN)
    steps.fail(JOIN)
    return f"/v1/jobs/{job}"


def finish(ledger, job):
    steps = Steps(ledger, job)
    for index in ledger.tail(job).indexes:
        steps.begin(index)
        steps.end(index)


def test_the_job_goes_on_without_the_host_and_says_so(client, ledger, inventory, job, ended):
    answer = client.post(f"{ended}/retry", json={"without": ["n3"]})

    assert answer.status_code == 202, answer.text
    assert (answer.json["without"], answer.json["params"]["workers"]) == (["n3"], ["n2"])
    assert [(step["name"], [*step["hosts"]]) for step in answer.json["steps"]][JOIN:] == [
        ("join_workers", ["n2"]),
        ("remove_lost", ["n3", "n1"]),
        ("verify_quorum", ["n1", "n2"]),
    ]
    [event] = [row for row in ledger.events(job) if row.type == "job.retry-requested"]
    assert event.data["without"] == ["n3"]
    finish(ledger, job)
    assert client.get(ended).json["status"] == "succeeded"
    assert [*client.get("/v1/clusters/prod").json["nodes"]] == ["n1", "n2"]
    assert inventory.host("n3").cluster == ""


def test_a_rollback_after_it_need_not_say_again_that_the_host_is_lost(client, ledger, job, ended):
    client.post(f"{ended}/retry", json={"without": ["n3"]})
    steps = Steps(ledger, job)
    steps.begin(JOIN)
    steps.fail(JOIN)

    answer = client.post(f"{ended}/rollback")

    assert (answer.status_code, answer.json["without"]) == (202, ["n3"])


def test_a_host_that_a_job_has_nothing_to_do_with_is_refused_by_its_place(client, ended):
    answer = client.post(f"{ended}/retry", json={"without": ["n3", "n4"]})

    assert (answer.status_code, answer.json["type"]) == (422, "/problems/invalid-request")
    assert answer.json["errors"] == [
        {"pointer": "/without/1", "detail": "cannot give up n4: the job's hosts are n1, n2, n3"}
    ]


def test_a_node_is_refused_with_a_command_that_rolls_back_without_it(client, job, ended):
    answer = client.post(f"{ended}/retry", json={"without": ["n1"]})

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/host-needed")
    assert answer.json["detail"] == (
        f"cannot retry job {job} without n1: it is a node of cluster prod already, and what is "
        "done is not left out; the job can be rolled back without it"
    )
    assert next(commands(answer.json["actions"])) == (
        f"clusterwright jobs rollback {job[:8]} --without n1 --wait"
    )
    assert client.get(ended).json["status"] == "failed"


def test_what_is_no_change_without_its_hosts_is_refused_in_the_words_of_its_schema(
    client, ledger, ended
):
    client.post(f"{ended}/rollback")
    finish(ledger, ended.rpartition("/")[2])
    body = {"kind": "create-cluster", "params": {"control_plane": ["n1"]}}
    other = client.post(CHANGES, json=body).json["id"]
    client.post(f"/v1/jobs/{other}/cancel")

    answer = client.post(f"/v1/jobs/{other}/retry", json={"without": ["n1"]})

    assert answer.status_code == 422
    [error] = answer.json["errors"]
    assert error["pointer"] == "/without"
    assert "/control_plane: cannot form a cluster without a control plane node" in error["detail"]


def test_what_planning_finds_of_the_rest_may_be_accepted_with_the_same_request(
    client, ledger, inventory
):
    single = {"control_plane": ["n1"], "environment": "prod"}
    accepted = {"kind": "create-cluster", "params": single, "accept": ["prod-without-ha"]}
    finish(ledger, client.post(CHANGES, json=accepted).json["id"])
    more = {"kind": "add-nodes", "params": {"control_plane": ["n2", "n3"]}}
    url = f"/v1/jobs/{client.post(CHANGES, json=more).json['id']}"
    client.post(f"{url}/cancel")

    refused = client.post(f"{url}/retry", json={"without": ["n3"]})
    body = {"without": ["n3"], "accept": ["prod-without-ha"]}
    taken = client.post(f"{url}/retry", json=body)

    assert (refused.status_code, refused.json["type"]) == (409, "/problems/change-refused")
    assert [row["code"] for row in refused.json["findings"]] == ["prod-without-ha"]
    assert refused.json["errors"] == []
    assert (taken.status_code, taken.json["accept"]) == (202, ["prod-without-ha"])


def test_a_job_that_cannot_be_retried_says_so_whatever_it_is_to_go_without(client, job):
    answer = client.post(f"/v1/jobs/{job}/retry", json={"without": ["n2"]})

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/not-possible")
