"""Nobody approves what they have asked for, with a second token that they have made themselves."""

import json

import pytest
from api_requests import CHANGES, change

from api.access.tokens import TOKENS
from workflows.audit.log import KEY
from workflows.audit.records import Record


@pytest.fixture
def holder(with_token):
    """Return a function that makes the client of who holds a token."""
    return lambda made: with_token(made["token"])


def mint(client, name, **wish):
    """Return a token that this client has made, for whoever it says."""
    answer = client.post("/v1/tokens", json={"name": name, "roles": ["admin"]} | wish)
    assert answer.status_code == 201, answer.text
    return answer.json


def waiting(client):
    answer = client.post(CHANGES, json=change(approve_within=1))
    assert answer.json["status"] == "awaiting-approval", answer.text
    return answer.json


def approve(client, job):
    return client.post(f"/v1/jobs/{job['id']}/approve", json={})


@pytest.fixture
def alice(client, holder):
    """An admin; bob is another one."""
    mint(client, "bob", owner="bob")
    return holder(mint(client, "alice", owner="alice"))


def test_a_token_that_the_asker_has_minted_approves_nothing_of_theirs(alice, holder, ledger):
    job = waiting(alice)
    second = mint(alice, "somebody quite else")

    refused = approve(holder(second), job)

    assert (refused.status_code, refused.json["type"]) == (403, "/problems/four-eyes")
    told = refused.json["detail"]
    assert f"{second['id']} (somebody quite else) was made by alice, who has asked for it" in told
    assert "ask whoever has the role approver or admin for cluster prod" in told
    assert "clusterwright tokens create NAME --role approver --for PERSON" in told
    assert ledger.job(job["id"]).status == "awaiting-approval"


def test_a_minted_token_of_a_minted_token_approves_nothing_of_who_has_minted_the_first(
    alice, holder, ledger
):
    second = holder(mint(alice, "second"))
    third = holder(mint(second, "third"))

    job = waiting(alice)

    assert [approve(each, job).status_code for each in (alice, second, third)] == [403] * 3


def test_a_rotated_token_keeps_its_maker(alice, holder, ledger):
    second = mint(alice, "second")
    rotated = alice.post(f"/v1/tokens/{second['id']}/rotate", json={}).json["new"]

    assert rotated["owner"] == "second"
    assert approve(holder(rotated), waiting(alice)).status_code == 403


def test_what_is_asked_with_a_token_that_was_made_for_nobody_waits_for_its_maker(
    client, holder, ledger
):
    operator = holder(mint(client, "ops", roles=["operator"]))

    job = waiting(operator)

    assert client.get("/v1/approval-policy").json["others"] == []
    assert approve(client, job).status_code == 202


def test_a_token_made_for_somebody_else_is_theirs_and_the_audit_log_tells_who_gave_it(
    alice, holder, ledger, redis
):
    job = waiting(alice)
    given = mint(alice, "phone", owner="Carol")

    assert given["owner"] == "Carol"
    record = Record.of(redis.lindex(KEY, -1))
    assert (record.verb, record.name, record.after["owner"]) == ("make-token", "alice", "Carol")
    assert approve(holder(given), job).status_code == 202


def test_who_is_alone_with_several_tokens_approves_with_any_of_them(client, holder, ledger):
    second = holder(mint(client, "second", owner="local"))
    job = waiting(client)

    answer = approve(second, job)

    assert (answer.status_code, answer.json["approved_alone"]) == (202, True), answer.text


def test_tokens_of_one_person_make_nobody_who_else_may_approve(client):
    mint(client, "second")
    mint(client, "third", owner="local")

    assert client.get("/v1/approval-policy").json["others"] == []


def test_a_token_of_before_owners_is_of_whoever_it_is_called_after(client, holder, ledger, redis):
    made = [mint(client, name, owner="x") for name in ("dora", "Dora", "emil")]
    for each in made:
        row = json.loads(redis.hget(TOKENS, each["id"]))
        del row["owner"]
        redis.hset(TOKENS, each["id"], json.dumps(row))
    dora, again, emil = map(holder, made)

    job = waiting(dora)

    assert dora.get("/v1/tokens/self").json["owner"] == "dora"
    assert [approve(each, job).status_code for each in (dora, again, emil)] == [403, 403, 202]
