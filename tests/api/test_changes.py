"""Planning a change, and having it carried out."""

import pytest
from api_requests import CHANGES, HOST_KEY, PLANS, change, stored

from cluster.spec import Host

MANY = {"control_plane": ["n1", "n2", "n3"]}


def test_a_change_is_accepted_as_a_job(client, ledger):
    answer = client.post(CHANGES, json=change(reason="why not"))

    job = ledger.job(answer.json["id"])
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/jobs/{job.id}"
    assert answer.headers["Retry-After"] == "2"
    assert {"status": "running", "reason": "why not"}.items() <= answer.json.items()
    assert answer.json["links"] == {
        "self": f"/v1/jobs/{job.id}",
        "page": f"/jobs/{job.id}",
        "events": f"/v1/jobs/{job.id}/events",
        "evidence": f"/v1/jobs/{job.id}/evidence",
        "cancel": f"/v1/jobs/{job.id}/cancel",
    }


def test_an_accepted_change_is_queued_for_celery_without_its_params(client, redis, ledger):
    answer = client.post(CHANGES, json=change(reason="a reason to look for"))

    messages = redis.lrange("cw:celery:site.default", 0, -1)
    assert len(messages) == 1
    assert "a reason to look for" not in messages[0]
    assert answer.json["id"] in redis.zrange("cw:jobs", 0, -1)


def test_the_same_change_keeps_its_job_while_it_is_not_finished(client, job):
    again = client.post(CHANGES, json=change(reason="ticket 7", accept=["one-zone"]))

    assert (again.status_code, again.json["id"]) == (200, job)
    assert again.headers["Clusterwright-Existing-Job"] == "true"
    assert again.json["not_taken"] == {
        "reason": {"asked": "ticket 7", "kept": ""},
        "accept": {"asked": ["one-zone"], "kept": []},
    }


def test_a_job_that_is_made_does_not_say_that_it_was_there(client, ledger):
    answer = client.post(CHANGES, json=change())

    assert "Clusterwright-Existing-Job" not in answer.headers
    assert "not_taken" not in answer.json


def test_an_existing_job_is_told_again_to_a_repeated_request(client, job):
    key = {"Idempotency-Key": "k1"}
    client.post(CHANGES, json=change(), headers=key)

    again = client.post(CHANGES, json=change(), headers=key)

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Clusterwright-Existing-Job"] == "true"


def test_another_change_of_a_cluster_that_is_being_formed_is_led_to_its_job(client, job):
    answer = client.post(CHANGES, json=change(params=MANY))

    assert (answer.status_code, answer.json["links"]) == (409, {"job": f"/v1/jobs/{job}"})
    assert f"job {job} is at work" in answer.json["detail"]


def test_a_host_that_another_job_holds_leads_to_that_job(client, job):
    answer = client.post("/v1/clusters/other/changes", json=change())

    assert (answer.status_code, answer.json["links"]) == (409, {"job": f"/v1/jobs/{job}"})


def test_once_no_job_is_at_work_a_refusal_names_none(client, steps):
    steps.finish()

    answer = client.post("/v1/clusters/other/changes", json=change())

    assert answer.status_code == 409
    assert "links" not in answer.json


def test_a_plan_stores_nothing(client, redis, ledger):
    before = stored(redis)

    answer = client.post(PLANS, json=change(params=MANY))

    assert answer.status_code == 200
    assert answer.json["allowed"] is True
    assert answer.json["quorum_after"]["voters"] == 3
    assert stored(redis) == before


def test_a_plan_tells_refusals_as_findings(client, ledger):
    answer = client.post(PLANS, json=change(params={"control_plane": ["n1", "n2"]}))

    refused = [row for row in answer.json["findings"] if row["severity"] == "refuse"]
    assert answer.status_code == 200
    assert answer.json["allowed"] is False
    assert [row["code"] for row in refused] == ["two-control-planes"]


def test_a_refused_change_says_which_field_and_what_to_do(client, redis, ledger):
    before = stored(redis)

    answer = client.post(CHANGES, json=change(params={"control_plane": ["n1", "n8", "n9"]}))

    assert answer.status_code == 409
    assert answer.json["type"] == "/problems/change-refused"
    assert [(row["code"], row["host"]) for row in answer.json["findings"]] == [
        ("unknown-host", "n8"),
        ("unknown-host", "n9"),
    ]
    assert [row["pointer"] for row in answer.json["errors"]] == [
        "/params/control_plane/1",
        "/params/control_plane/2",
    ]
    assert answer.json["errors"][0]["detail"] == "host n8 is not in the inventory"
    assert answer.json["findings"][0]["actions"][0]["request"] == "PUT /v1/hosts/n8"
    assert stored(redis) == before


def test_a_finding_that_is_acceptable_can_be_accepted(client, ledger):
    wish = change(params={"environment": "prod"})

    refused = client.post(CHANGES, json=wish)
    accepted = client.post(CHANGES, json=wish | {"accept": ["prod-without-ha"]})

    assert (refused.status_code, accepted.status_code) == (409, 202)


def test_only_the_plan_that_was_looked_at_is_carried_out(client, ledger):
    digest = client.post(PLANS, json=change(params=MANY)).json["digest"]

    other = client.post(CHANGES, json=change(plan_digest=digest))
    same = client.post(CHANGES, json=change(params=MANY, plan_digest=digest))

    assert (other.status_code, other.json["type"]) == (409, "/problems/plan-outdated")
    assert other.json["expected"] == digest
    assert any("any more" in sentence for sentence in other.json["difference"])
    assert (same.status_code, same.json["plan_digest"]) == (202, digest)


def test_a_host_of_another_cluster_is_not_taken(client, job):
    answer = client.post("/v1/clusters/other/changes", json=change())

    assert answer.status_code == 409
    [finding] = answer.json["findings"]
    assert finding["code"] == "host-reserved"
    assert f"for cluster prod by job {job}, which is running" in finding["message"]


BAD = {
    "no kind": ({"params": {}}, "/kind"),
    "unknown kind": (change(kind="explode"), "/kind"),
    "kind is a number": (change(kind=7), "/kind"),
    "no params": ({"kind": "create-cluster"}, "/params"),
    "params is a list": ({"kind": "create-cluster", "params": []}, "/params"),
    "unknown field": (change(acept=[]), "/acept"),
    "unknown param": (change(params={"nodes": 3}), "/params/nodes"),
    "no control plane": (change(params={"control_plane": []}), "/params/control_plane"),
    "name in capitals": (change(params={"control_plane": ["N1"]}), "/params/control_plane/0"),
    "name with a command": (
        change(params={"control_plane": ["n1", "n2;reboot", "n3"]}),
        "/params/control_plane/1",
    ),
    "name is null": (change(params={"control_plane": [None]}), "/params/control_plane/0"),
    "same host twice": (change(params={"control_plane": ["n1", "n1"]}), "/params/control_plane/1"),
    "label key": (change(params={"labels": {"n1": {"a b": "c"}}}), "/params/labels/n1/a b"),
    "label with a slash": (
        change(params={"labels": {"n1": {"x/y~z": "é"}}}),
        "/params/labels/n1/x~1y~0z",
    ),
    "label called value": (change(params={"labels": {"n1": {"value": "é"}}}), None),
    "taint": (change(params={"taints": {"n1": ["nonsense"]}}), "/params/taints/n1/0"),
    "channel": (change(params={"channel": "1.32/stable; rm"}), "/params/channel"),
    "addon with a newline": (change(params={"addons": ["dns\n"]}), "/params/addons/0"),
    "environment": (change(params={"environment": "moon"}), "/params/environment"),
    "accept is text": (change(accept="all"), "/accept"),
    "accept a sentence": (change(accept=["yes please"]), "/accept/0"),
    "on_failure": (change(on_failure="pray"), "/on_failure"),
    "reason too long": (change(reason="x" * 1001), "/reason"),
    "reason with an escape": (change(reason="\x1b[2J"), "/reason"),
    "reason with half a character": (change(reason="\ud800"), "/reason"),
    "digest": (change(plan_digest="sha256:12"), "/plan_digest"),
    "a list": ([change()], ""),
}


@pytest.mark.parametrize("path", [CHANGES, PLANS])
@pytest.mark.parametrize(("body", "pointer"), BAD.values(), ids=BAD)
def test_a_wrong_request_is_told_where_and_nothing_is_stored(
    client, redis, ledger, path, body, pointer
):
    before = stored(redis)

    answer = client.post(path, json=body)

    assert answer.status_code == 422, answer.text
    assert answer.content_type == "application/problem+json"
    assert answer.json["type"] == "/problems/invalid-request"
    found = [row["pointer"] for row in answer.json["errors"]]
    assert pointer is None or pointer in found
    assert all(row["detail"].startswith("cannot ") for row in answer.json["errors"])
    assert stored(redis) == before


@pytest.mark.parametrize("name", ["Prod", "a_b", "-a", "x" * 64, "a.b", "%C3%A9", "a%0Ab"])
def test_a_cluster_needs_a_name_that_is_one(client, redis, ledger, name):
    before = stored(redis)

    answer = client.post(f"/v1/clusters/{name}/changes", json=change())

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/cluster"
    assert stored(redis) == before


def test_hosts_of_two_sites_are_refused(client, inventory):
    inventory.put_host(Host("far", "10.0.1.1", HOST_KEY, site="attic"))

    answer = client.post(CHANGES, json=change(params={"workers": ["far"]}))

    assert answer.status_code == 409
    assert answer.json["findings"][0]["code"] == "many-sites"
