"""Conditional requests: what is unchanged is not sent again, and an act may name its state."""

import pytest
from api_requests import HOST_KEY

HOST = {"address": "10.0.0.7", "host_key": HOST_KEY}
READS = (
    *("/v1/jobs", "/v1/jobs/{job}", "/v1/clusters", "/v1/clusters/prod"),
    *("/v1/clusters/prod/quorum", "/v1/hosts", "/v1/hosts/n1", "/v1/rules", "/v1/hooks"),
    *("/v1/tokens", "/v1/tokens/self", "/v1/tokens/{token}", "/v1/kinds", "/v1/audit"),
)


@pytest.fixture
def own(client):
    """The id of the token of the tests."""
    return client.get("/v1/tokens/self").json["id"]


@pytest.mark.parametrize("path", READS)
def test_what_is_unchanged_is_not_sent_again(client, job, own, path):
    path = path.format(job=job, token=own)
    first = client.get(path)
    assert first.status_code == 200, first.text
    tag = first.headers["ETag"]
    assert tag.startswith('"')

    again = client.get(path, headers={"If-None-Match": tag})
    weakened = client.get(path, headers={"If-None-Match": f"W/{tag}"})
    other = client.get(path, headers={"If-None-Match": '"other"'})

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert weakened.status_code == 304
    assert (other.status_code, other.json) == (200, first.json)


def test_every_such_read_is_described_with_its_tag_and_304(anonymous):
    paths = anonymous.get("/openapi.json").json["paths"]

    for path in READS:
        described = path.format(job="{job_id}", token="{token_id}").replace("/prod", "/{name}")
        responses = paths[described.replace("/n1", "/{name}")]["get"]["responses"]
        assert "304" in responses, path
        assert "ETag" in responses["200"]["headers"], path


def outdated(answer, tag):
    assert (answer.status_code, answer.json["type"]) == (412, "/problems/precondition-failed")
    assert answer.json["etag"] == tag
    assert answer.json["detail"].startswith("cannot do this to ")


def test_a_verb_that_was_meant_for_another_state_of_a_job_is_refused(client, job, steps):
    seen = client.get(f"/v1/jobs/{job}").headers["ETag"]
    steps.begin()
    now = client.get(f"/v1/jobs/{job}").headers["ETag"]

    outdated(client.post(f"/v1/jobs/{job}/cancel", headers={"If-Match": seen}), now)
    assert client.get(f"/v1/jobs/{job}").json["status"] == "running"
    answer = client.post(f"/v1/jobs/{job}/cancel", headers={"If-Match": now})
    assert answer.status_code == 202, answer.text


def test_a_token_is_revoked_and_rotated_in_the_state_that_was_seen(client):
    made = client.post("/v1/tokens", json={"name": "ci", "roles": ["viewer"]}).json
    path = made["links"]["self"]
    seen = client.get(path).headers["ETag"]

    assert client.post(f"{path}/rotate", headers={"If-Match": seen}).status_code == 201
    now = client.get(path).headers["ETag"]
    outdated(client.post(f"{path}/revoke", headers={"If-Match": seen}), now)
    outdated(client.post(f"{path}/rotate", headers={"If-Match": seen}), now)
    assert client.post(f"{path}/revoke", headers={"If-Match": now}).status_code == 200


def test_the_use_of_a_token_leaves_its_tag_and_its_list_has_another(client, anonymous, own):
    made = client.post("/v1/tokens", json={"name": "ci", "roles": ["viewer"]}).json
    one, several = (client.get(path) for path in (made["links"]["self"], "/v1/tokens"))

    header = {"Authorization": f"Bearer {made['token']}"}
    assert anonymous.get("/v1/tokens/self", headers=header).status_code == 200

    again = client.get(made["links"]["self"], headers={"If-None-Match": one.headers["ETag"]})
    used = client.get("/v1/tokens", headers={"If-None-Match": several.headers["ETag"]})
    assert (again.status_code, used.status_code) == (304, 200)


def test_a_host_is_deleted_in_the_state_that_was_seen(client, inventory):
    seen = client.put("/v1/hosts/n7", json=HOST).headers["ETag"]
    now = client.put("/v1/hosts/n7", json=HOST | {"zone": "rack-1"}).headers["ETag"]

    outdated(client.delete("/v1/hosts/n7", headers={"If-Match": seen}), now)
    assert client.delete("/v1/hosts/n7", headers={"If-Match": "*"}).status_code == 204
