"""Bearer tokens of an issuer of identities: which are believed, and what they let somebody do."""

from dataclasses import replace

import pytest
from api_requests import CHANGES, change
from oidc_issuer import running_issuer

from api.oidc import issuer as issuer_module


@pytest.fixture
def issuer(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_issuer() as found:
        yield found


@pytest.fixture
def settings(settings, issuer):
    return replace(settings, oidc=issuer.settings())


@pytest.fixture
def ask(anonymous):
    def ask(token, path="/v1/jobs"):
        return anonymous.get(path, headers={"Authorization": f"Bearer {token}"})

    return ask


def test_a_token_of_the_issuer_is_let_in_with_what_its_groups_are_granted(
    issuer, client, anonymous, inventory
):
    headers = {"Authorization": f"Bearer {issuer.sign()}"}

    answer = anonymous.post(CHANGES, json=change(), headers=headers)

    assert answer.status_code == 202, answer.text
    job = client.get(answer.headers["Location"]).json
    assert (job["requested_by"], job["via"]) == ("oidc:alice-1", "oidc")


def test_a_token_that_is_not_believed_is_told_why_and_nobody_is_let_in(issuer, ask):
    answer = ask(issuer.sign({"aud": "another"}))

    assert (answer.status_code, answer.json["type"]) == (401, "/problems/unauthorized")
    assert "its claim aud is not as it has to be" in answer.json["detail"]
    told = answer.headers["WWW-Authenticate"]
    assert told == 'Bearer realm="clusterwright", error="invalid_token"'


def test_requests_do_not_have_the_issuer_asked(issuer, ask):
    for _ in range(20):
        assert ask(issuer.sign()).status_code == 200

    assert issuer.asked["/keys"] == 1


def test_an_issuer_that_was_never_there_is_told_and_our_own_tokens_are_taken(
    issuer, ask, token, monkeypatch, caplog
):
    issuer.status = 500

    answer = ask(issuer.sign())

    assert (answer.status_code, answer.json["type"]) == (503, "/problems/issuer-unavailable")
    assert "answered with status 500" in caplog.text
    assert ask(token).status_code == 200
    monkeypatch.setattr(issuer_module, "RECOVERY_SECONDS", 0)
    issuer.status = 200
    assert ask(issuer.sign()).status_code == 200


def test_who_is_in_no_group_of_ours_is_known_and_told_which_role_is_missing(issuer, ask):
    answer = ask(issuer.sign({"groups": ["strangers"]}))

    assert (answer.status_code, answer.json["type"]) == (403, "/problems/forbidden")
    assert answer.json["permission"] == "read"
    assert answer.json["roles"] == ["viewer", "operator", "approver", "admin"]
    assert "oidc:alice-1 (alice)" in answer.json["detail"]


def test_a_group_that_was_taken_away_counts_from_the_next_token_on(issuer, anonymous, inventory):
    def post(groups):
        headers = {"Authorization": f"Bearer {issuer.sign({'groups': groups})}"}
        return anonymous.post(CHANGES, json=change(), headers=headers).status_code

    assert post(["board", "ops"]) == 202
    assert post(["board"]) == 403


def test_a_groups_scope_holds_for_its_clusters_alone(issuer, anonymous, inventory):
    headers = {"Authorization": f"Bearer {issuer.sign({'groups': ['testers']})}"}

    there = anonymous.post("/v1/clusters/test-1/plans", json=change(), headers=headers)
    elsewhere = anonymous.post("/v1/clusters/prod/plans", json=change(), headers=headers)

    assert (there.status_code, elsewhere.status_code) == (200, 403)


def test_who_asks_is_told_about_themselves(issuer, ask):
    found = ask(issuer.sign(), "/v1/tokens/self").json

    assert (found["id"], found["name"], found["status"]) == ("oidc:alice-1", "alice", "valid")
    assert {row["permission"] for row in found["grants"]} == {"change", "destroy"}


def test_no_token_of_an_issuer_is_stored_or_logged(issuer, ask, redis, caplog):
    caplog.set_level("DEBUG")
    token = issuer.sign()

    ask(token)

    everything = b"".join(redis.dump(key) for key in redis.keys("*")).decode("latin-1")
    assert token.split(".")[2] not in everything + caplog.text


def test_without_an_issuer_its_tokens_are_not_known(issuer, app, ask):
    without = replace(app.extensions["clusterwright"], people=None)
    app.extensions["clusterwright"] = without

    answer = ask(issuer.sign())

    assert answer.status_code == 401
    assert "its token is not known" in answer.json["detail"]


def test_a_group_of_the_issuer_that_may_approve_is_somebody_else_than_whoever_asks(
    app, client, inventory
):
    app.extensions["clusterwright"].make_approvers_known()

    others = client.get("/v1/approval-policy").json["others"]

    assert others == ["oidc-group:owners"]
    in_prod = change(params={"environment": "prod", "topology": "single"})
    answer = client.post(CHANGES, json=in_prod | {"accept": ["prod-without-ha"]})
    assert (answer.status_code, answer.json["status"]) == (202, "awaiting-approval")


def test_without_an_issuer_no_group_is_left_that_might_approve(app, client, redis):
    app.extensions["clusterwright"].make_approvers_known()
    there = replace(app.extensions["clusterwright"], people=None)

    there.make_approvers_known()

    assert client.get("/v1/approval-policy").json["others"] == []
