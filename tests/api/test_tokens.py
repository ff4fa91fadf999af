"""Tokens that people make and show, and how long they are valid."""

import pytest

from api.access.tokens import id_of, new_token, register
from workflows.access import Grant, Permission

DAY, HOUR = 86400, 3600
WISH = {"name": "ci", "roles": ["operator"], "clusters": "test-*", "environments": ["dev"]}
NO_ID = "0" * 12


def problem(answer):
    return answer.status_code, answer.json["type"].rpartition("/")[2]


def whole(**wish):
    """Return a wish for all clusters."""
    return {"clusters": "*", "environments": ["dev", "staging", "prod"], **wish}


def test_a_token_is_told_once_with_everything_about_it(client, made, token, clock):
    answer = client.post("/v1/tokens", json=WISH)

    body = answer.json
    assert answer.headers["Location"] == f"/v1/tokens/{body['id']}" == body["links"]["self"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert id_of(body.pop("token")) == body["id"]
    assert client.get(answer.headers["Location"]).json == body
    grant = {"clusters": "test-*", "environments": ["dev"]}
    assert body == {
        "id": body["id"],
        "name": "ci",
        "owner": "ci",
        "status": "valid",
        "roles": ["operator"],
        "clusters": "test-*",
        "environments": ["dev"],
        "grants": [{"permission": "change", **grant}, {"permission": "destroy", **grant}],
        "created": clock.now,
        "created_time": "2030-03-17T17:46:40.000Z",
        "created_by": id_of(token),
        "expires": clock.now + 90 * DAY,
        "expires_time": "2030-06-15T17:46:40.000Z",
        "last_used": None,
        "last_used_time": None,
        "replaced_by": "",
        "links": {"self": f"/v1/tokens/{body['id']}"},
    }


@pytest.mark.parametrize(
    ("wish", "pointer", "says"),
    [
        ({"name": ""}, "/name", "1 to 64"),
        ({"name": "a\nb"}, "/name", "1 to 64"),
        ({"owner": "-"}, "/owner", "an owner's name has 1 to 64"),
        ({"roles": []}, "/roles", "without a role"),
        ({"roles": ["root"]}, "/roles/0", "viewer, operator, approver, admin"),
        ({"clusters": "[a-z]"}, "/clusters", "pattern of names"),
        ({"environments": []}, "/environments", "no environment"),
        ({"days": 0}, "/days", "1 to 365"),
        ({"days": 366}, "/days", "1 to 365"),
        ({"secret": "x"}, "/secret", ""),
    ],
)
def test_a_wish_that_cannot_be_is_refused_at_its_place(client, wish, pointer, says):
    answer = client.post("/v1/tokens", json=WISH | wish)

    assert problem(answer) == (422, "invalid-request")
    assert answer.json["errors"][0]["pointer"] == pointer
    assert says in answer.json["errors"][0]["detail"]


def test_a_token_without_an_end_is_valid_for_ever(made, with_token, clock):
    body = made(days=None)

    clock.now += 100 * 365 * DAY

    assert (body["expires"], body["expires_time"]) == (None, None)
    assert with_token(body["token"]).get("/v1/kinds").status_code == 200


def test_a_token_that_has_ended_is_told_so_and_to_nobody_who_has_only_its_id(
    made, with_token, client, clock
):
    body = made(days=1)
    assert with_token(body["token"]).get("/v1/kinds").status_code == 200
    clock.now += DAY

    ended = with_token(body["token"]).get("/v1/kinds")
    guessed = with_token(f"cw_{body['id']}_{'A' * 43}").get("/v1/kinds")

    assert problem(ended) == (401, "unauthorized")
    assert ended.json["detail"] == (
        "cannot answer the request: its token ended on 2030-03-18 17:46 UTC; make another"
    )
    assert 'error="invalid_token"' in ended.headers["WWW-Authenticate"]
    assert "is not known" in guessed.json["detail"]
    assert client.get(f"/v1/tokens/{body['id']}").json["status"] == "ended"


def test_a_session_ends_with_its_token(app, made, clock):
    body = made(days=1)
    backend = app.extensions["clusterwright"]
    session, _ = backend.sessions.open(body["id"])
    browser = app.test_client()
    browser.set_cookie("cw_session", session)
    assert browser.get("/v1/kinds").status_code == 200

    clock.now += DAY

    assert browser.get("/v1/kinds").status_code == 401
    assert backend.sessions.find(session) is None


def test_the_list_has_every_token_oldest_first_in_pages(client, made, token, clock):
    ids = [id_of(token)]
    for name in ("a", "b", "c"):
        clock.now += 1
        ids.append(made(name=name)["id"])

    first = client.get("/v1/tokens?per_page=3")
    following = first.headers["Link"].partition("<")[2].partition(">")[0]
    client.post(f"/v1/tokens/{ids[2]}/revoke")  # what the link names need not be there any more
    second = client.get(following)

    assert [row["id"] for row in first.json["tokens"]] == ids[:3]
    assert [row["id"] for row in second.json["tokens"]] == ids[3:]
    assert "Link" not in second.headers
    assert [row["id"] for row in client.get("/v1/tokens").json["tokens"]] == [
        *ids[:2],
        ids[3],
    ]


def test_whoever_has_a_token_learns_what_it_may(made, with_token, client, token):
    body = made(roles=["viewer", "approver"])

    own = with_token(body["token"]).get("/v1/tokens/self").json
    first = client.get("/v1/tokens/self").json

    assert (own["id"], own["roles"], own["clusters"]) == (
        body["id"],
        ["viewer", "approver"],
        "test-*",
    )
    assert (first["id"], first["roles"], first["expires"]) == (id_of(token), ["admin"], None)


def test_a_token_whose_grants_were_written_by_hand_has_no_role(redis, client, clock):
    by_hand = new_token()
    register(redis, by_hand, "robot", [Grant(Permission.PLAN, "test-*")])

    body = client.get(f"/v1/tokens/{id_of(by_hand)}").json

    assert body["roles"] == []
    assert [grant["permission"] for grant in body["grants"]] == ["plan"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_that_is_not_there_is_told(client, method):
    paths = {"get": [""], "post": ["/revoke", "/rotate"]}[method]

    for path in paths:
        answer = client.open(f"/v1/tokens/{NO_ID}{path}", method=method)
        assert problem(answer) == (404, "token-not-found")


def test_nobody_gives_more_than_they_have(redis, made, with_token, clock):
    keeper = new_token()
    register(redis, keeper, "keeper", [Grant(Permission.ADMIN)])
    client = with_token(keeper)
    operator = made(**whole(roles=["operator"]))

    assert client.post("/v1/tokens", json=whole(name="v", roles=["viewer"])).status_code == 201
    for answer in (
        client.post("/v1/tokens", json=whole(name="o", roles=["operator"])),
        client.post("/v1/tokens", json=whole(name="a", roles=["admin"])),
        client.post(f"/v1/tokens/{operator['id']}/rotate"),
    ):
        assert problem(answer) == (403, "forbidden")
        assert answer.json["permission"] in {"plan", "change", "destroy"}
    assert len(client.get("/v1/tokens").json["tokens"]) == 4


def test_an_admin_of_some_clusters_makes_no_tokens(made, with_token):
    some = made(roles=["admin"], clusters="test-*", environments=["dev", "staging", "prod"])

    answer = with_token(some["token"]).post("/v1/tokens", json=WISH)

    assert problem(answer) == (403, "forbidden")
    assert answer.json["cluster"] is None
