"""Where the API begins, addresses that are nearly right, and entity tags."""

import re
from datetime import datetime

import pytest
from api_requests import CHANGES, change

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_the_index_leads_to_everything(client):
    index = client.get("/v1").json

    assert index["version"] == "v1"
    for name, path in index["links"].items():
        assert client.get(path).status_code in {200, 303, 503}, name


@pytest.mark.parametrize("path", ["/v1/", "/v1/jobs/", "/v1/hosts/", "/openapi.json"])
def test_a_slash_at_the_end_changes_nothing(client, path):
    assert client.get(path).status_code == 200


def test_an_address_that_there_is_not_is_told_without_advice_on_typing(client):
    answer = client.get("/v1/nope" + "e" * 200)

    assert answer.status_code == 404
    assert "spelling" not in answer.text
    assert answer.json["detail"].startswith("cannot answer the request: no route has the path /v1")
    assert len(answer.json["detail"]) < 140


@pytest.mark.parametrize(
    "path", ["/v1/hosts", "/v1/clusters", "/v1/jobs", "/v1/hosts/n1", "/v1/clusters/prod", "/v1"]
)
def test_a_parameter_that_a_route_does_not_have_is_refused(client, job, path):
    answer = client.get(f"{path}?page=1")

    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/page")


@pytest.mark.parametrize(
    "path",
    [
        *("/v1", "/v1/jobs", "/v1/jobs/{job}", "/v1/clusters", "/v1/clusters/prod"),
        *("/v1/clusters/prod/topology.svg", "/v1/clusters/prod/topology.txt"),
    ],
)
def test_a_weakened_entity_tag_is_known_again(client, job, path):
    place = path.format(job=job)
    tag = client.get(place).headers["ETag"]

    for sent in (tag, f"W/{tag}", f'"other", W/{tag}', "*"):
        answer = client.get(place, headers={"If-None-Match": sent})
        assert (sent, answer.status_code, answer.data) == (sent, 304, b"")
    assert client.get(place, headers={"If-None-Match": '"other"'}).status_code == 200


def test_every_moment_is_told_as_rfc_3339_too(client, job, steps):
    steps.finish()

    body = client.get(f"/v1/jobs/{job}").json

    for row in (body, client.get("/v1/jobs").json["jobs"][0]):
        for name in ("created", "started", "finished"):
            assert RFC3339.fullmatch(row[f"{name}_time"])
            moment = datetime.fromisoformat(row[f"{name}_time"]).timestamp()
            assert abs(moment - row[name]) < 0.002
    assert RFC3339.fullmatch(body["steps"][0]["started_time"])
    assert body["steps"][0]["due_time"] is None


def test_an_event_tells_its_moment_as_rfc_3339_too(ledger, job):
    assert RFC3339.fullmatch(ledger.events(job)[0].as_dict()["time"])


def test_a_job_leads_to_its_page(client, job):
    assert client.get(f"/v1/jobs/{job}").json["links"]["page"] == f"/jobs/{job}"
    assert client.get("/v1/jobs").json["jobs"][0]["links"]["page"] == f"/jobs/{job}"
    assert client.get("/v1/clusters/prod").json["links"]["page"] == "/clusters/prod"
    assert client.post(CHANGES, json=change()).json["links"]["page"] == f"/jobs/{job}"
