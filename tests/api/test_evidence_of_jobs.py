"""The evidence of a job over HTTP: JSON with a digest, Markdown, and no secret in either."""

import pytest
from api_requests import CHANGES, change

from workflows.evidence.bundle import digest_of

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def done(client, steps, job):
    steps.finish()
    return f"/v1/jobs/{job}/evidence"


def test_a_job_that_is_done_has_evidence_whose_digest_fits(client, done, job):
    answer = client.get(done)

    found = answer.json
    assert answer.mimetype == "application/json"
    assert found["digest"] == digest_of(found)
    assert (found["job"]["id"], found["end"]["status"]) == (job, "succeeded")
    assert found["plan"]["digest"] == client.get(f"/v1/jobs/{job}").json["plan_digest"]
    assert [line["seq"] for line in found["log"]] == list(range(1, len(found["log"]) + 1))
    assert found["log"][-1]["type"] == "job.succeeded"
    assert client.get(done).data == answer.data


@pytest.mark.parametrize(
    ("accept", "query", "mimetype"),
    [
        ("text/markdown", "", "text/markdown"),
        ("application/json", "", "application/json"),
        ("*/*", "", "application/json"),
        ("application/json;q=0.5, text/markdown", "", "text/markdown"),
        ("application/json", "?format=markdown", "text/markdown"),
        ("text/markdown", "?format=json", "application/json"),
    ],
)
def test_the_client_says_which_form_it_wants(client, done, accept, query, mimetype):
    answer = client.get(done + query, headers={"Accept": accept})

    assert (answer.status_code, answer.mimetype) == (200, mimetype)
    assert "Accept" in answer.headers["Vary"]


def test_both_forms_name_the_same_digest(client, done):
    digest = client.get(done).json["digest"]

    assert digest in client.get(f"{done}?format=markdown").text


def test_evidence_that_the_client_has_is_not_sent_again(client, done):
    tag = client.get(done).headers["ETag"]

    assert client.get(done, headers={"If-None-Match": tag}).status_code == 304


def test_a_form_that_is_none_is_refused(client, done):
    answer = client.get(f"{done}?format=pdf")

    assert answer.status_code == 422
    assert "json or markdown" in answer.text


def test_a_job_that_nobody_knows_has_no_evidence(client):
    assert client.get("/v1/jobs/ffffffff/evidence").status_code == 404


def test_the_job_links_to_its_evidence(client, job):
    assert client.get(f"/v1/jobs/{job}").json["links"]["evidence"] == f"/v1/jobs/{job}/evidence"


def test_what_looks_like_a_secret_is_masked(client, ledger):
    reason = f"password=hunter2hunter2 and {TOKEN}"
    job = client.post(CHANGES, json=change(reason=reason)).json["id"]

    for form in ("json", "markdown"):
        text = client.get(f"/v1/jobs/{job}/evidence?format={form}").text
        assert "hunter2" not in text
        assert TOKEN not in text
        assert job in text
