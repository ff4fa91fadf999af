"""The Idempotency-Key header."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from api_requests import CHANGES, Steps, change

from api.access.tokens import new_token, register
from workflows.access import request_key
from workflows.ledger.ledger import Ledger
from workflows.plan import Change
from workflows.submit import submit

KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}


def test_a_repeated_request_leads_to_the_same_job_though_that_has_moved_on(client, ledger):
    first = client.post(CHANGES, json=change(), headers=KEY)
    Steps(ledger, first.json["id"]).finish()

    again = client.post(CHANGES, json=change(), headers=KEY)

    assert (again.status_code, again.json["id"]) == (202, first.json["id"])
    assert again.json["status"] == "succeeded"
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers


def test_twenty_at_once_make_one_job(client, redis, inventory):
    wishes = [Change("prod", "create-cluster", change()["params"], reason="r") for _ in range(20)]
    key = request_key("t", "/p", "k", "body")

    with ThreadPoolExecutor(20) as pool:
        found = list(
            pool.map(lambda wish: submit(Ledger(redis), inventory, wish, keys=[key]), wishes)
        )

    assert len({one.job.id for one in found}) == 1
    assert len(Ledger(redis).jobs()) == 1


def test_order_and_spacing_of_the_body_do_not_matter(client, ledger):
    wish = change(reason="x")
    first = client.post(CHANGES, json=wish, headers=KEY)

    text = json.dumps(dict(reversed(wish.items())), indent=3)
    again = client.post(CHANGES, data=text, content_type="application/json", headers=KEY)

    assert again.json["id"] == first.json["id"]


def test_a_key_with_and_without_quotes_is_the_same(client, ledger):
    first = client.post(CHANGES, json=change(), headers=KEY)

    bare = {"Idempotency-Key": KEY["Idempotency-Key"].strip('"')}
    again = client.post(CHANGES, json=change(), headers=bare)

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json["id"] == first.json["id"]


def test_a_key_stands_for_one_body(client, ledger):
    client.post(CHANGES, json=change(), headers=KEY)

    other = client.post(CHANGES, json=change(reason="other"), headers=KEY)

    assert (other.status_code, other.json["type"]) == (422, "/problems/idempotency-mismatch")


def test_a_refused_change_may_use_its_key_again_once_the_cause_is_mended(client, ledger):
    wish = change(params={"control_plane": ["n9"]})
    host = {"address": "10.0.0.9", "host_key": ledger_key(client)}

    refused = client.post(CHANGES, json=wish, headers=KEY)
    client.put("/v1/hosts/n9", json=host)
    accepted = client.post(CHANGES, json=wish, headers=KEY)

    assert (refused.status_code, accepted.status_code) == (409, 202)


def ledger_key(client):
    return client.get("/v1/hosts/n1").json["host_key"]


def test_a_key_belongs_to_its_caller_and_path(client, redis, ledger):
    client.post(CHANGES, json=change(), headers=KEY)
    other = new_token()
    register(redis, other, "other")

    by_other = client.post(
        CHANGES, json=change(), headers=KEY | {"Authorization": f"Bearer {other}"}
    )
    elsewhere = client.post(
        "/v1/clusters/b/changes", json=change(params={"control_plane": ["n2"]}), headers=KEY
    )

    assert (by_other.status_code, elsewhere.status_code) == (200, 202)  # the same change, one job
    assert "Idempotency-Replayed" not in by_other.headers
    assert "Idempotency-Replayed" not in elsewhere.headers


def test_a_key_is_known_for_a_day(client, redis, ledger):
    client.post(CHANGES, json=change(), headers=KEY)

    place = redis.keys("cw:key:*")[0]

    assert 86390 <= redis.ttl(place) <= 86400


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "caf\u00e9"], ids=ascii)
def test_a_key_that_is_none_is_refused(client, redis, ledger, key):
    answer = client.post(CHANGES, json=change(), headers={"Idempotency-Key": key})

    assert answer.status_code == 400
    assert answer.json["type"] == "/problems/invalid-idempotency-key"
    assert redis.keys("cw:job*") == []
