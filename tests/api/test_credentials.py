"""What a job had signed is told, and nothing where it has had nothing signed."""

import pytest
from api_requests import CHANGES
from signing_keys import request


def test_a_job_of_another_kind_and_one_that_nobody_knows_have_no_credential(client, steps, job):
    waiting = client.get(f"/v1/jobs/{job}/credential")
    steps.finish()
    done = client.get(f"/v1/jobs/{job}/credential")

    for answer in (waiting, done):
        assert (answer.status_code, answer.json["type"]) == (404, "/problems/no-credential")
    assert "create-cluster" in done.json["detail"]
    assert client.get("/v1/jobs/ffffffff/credential").status_code == 404


@pytest.mark.parametrize("text", ["", "x", "A" * 5000])
def test_what_is_no_request_is_refused_with_its_field(client, text):
    params = {"request": text, "role": "cluster-admin"}
    answer = client.post(CHANGES, json={"kind": "issue-kubeconfig", "params": params})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/params/request"


def test_a_request_for_the_masters_of_kubernetes_leads_to_no_job(client):
    params = {"request": request(group="system:masters"), "role": "cluster-admin"}
    answer = client.post(CHANGES, json={"kind": "issue-kubeconfig", "params": params})

    assert answer.status_code == 422
    assert "its subject is not" in answer.text
    assert client.get("/v1/jobs").json["jobs"] == []
