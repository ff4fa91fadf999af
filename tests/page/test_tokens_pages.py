"""Tokens on the page: listed without secrets, made and rotated with one look, revoked for good."""

import re

import pytest
from visitor import Visitor

from api.access.tokens import Tokens, id_of
from workflows.audit.log import KEY
from workflows.audit.records import Record

FORM = {
    "name": "ci",
    "roles": ["operator"],
    "clusters": "test-*",
    "environments": ["dev"],
    "days": "90",
}
TOKEN = re.compile(r"cw_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")


def made(answer):
    """Return the token that an answer shows."""
    assert answer.status_code == 201, answer.text
    (token,) = set(TOKEN.findall(answer.text))
    return token


def row(member, token_id):
    """Return the words of a token's row in the list."""
    (found,) = re.findall(
        rf"<tr>\s*<th scope=.row.>[^<]*<code class=.soft.>{token_id}</code>.*?</tr>",
        member.get("/tokens").text,
        re.DOTALL,
    )
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


def acts(redis):
    return [Record.of(line) for line in redis.lrange(KEY, 0, -1)]


def test_a_token_is_made_as_it_was_typed_and_shown_this_once(member, redis):
    answer = member.send("/tokens", FORM | {"days": "30"})

    token = made(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    record = Tokens(redis).find(id_of(token))
    assert (record.name, record.roles, record.clusters) == ("ci", ("operator",), "test-*")
    assert record.expires == record.created + 30 * 86400
    listed = member.get("/tokens").text
    assert token[16:] not in listed
    assert all(word in row(member, id_of(token)) for word in ("ci", "operator", "test-* in dev"))


@pytest.mark.parametrize(("typed", "person"), [("", "ci"), ("anna", "anna")])
def test_a_token_is_of_whom_it_is_called_after_unless_it_is_for_somebody(
    member, redis, typed, person
):
    answer = member.send("/tokens", FORM | {"owner": typed})

    token = made(answer)
    assert f"<dt>Person</dt><dd>{person}</dd>" in answer.text
    assert f" {person} " in row(member, id_of(token))
    found = Tokens(redis).find(id_of(token))
    assert (found.whose, bool(found.maker)) == (person, not typed)


def test_a_token_without_days_never_ends(member, redis):
    token = made(member.send("/tokens", FORM | {"days": ""}))

    assert Tokens(redis).find(id_of(token)).expires is None


@pytest.mark.parametrize(
    ("wrong", "field", "message"),
    [
        ({"name": ""}, "name", "a token&#39;s name has 1 to 64"),
        ({"owner": "-"}, "owner", "an owner&#39;s name has 1 to 64"),
        ({"roles": []}, "roles", "cannot make a token without a role"),
        ({"roles": ["root"]}, "roles", "must be one of: viewer"),
        ({"environments": []}, "environments", "cannot make a token for no environment"),
        ({"clusters": "Prod"}, "clusters", "clusters is a pattern of names"),
        ({"days": "366"}, "days", "it is 1 to 365"),
        ({"days": "many"}, "days", "not a valid integer"),
    ],
)
def test_what_cannot_be_made_is_told_at_its_field_and_nothing_is_made(
    member, redis, wrong, field, message
):
    before = redis.hkeys("cw:tokens")

    answer = member.send("/tokens", FORM | wrong)

    assert answer.status_code == 422
    (error,) = re.findall(rf'id="f-{field}-error">([^<]+)<', answer.text)
    assert message in error
    assert redis.hkeys("cw:tokens") == before


def test_a_rotation_shows_the_new_token_this_once_and_lists_when_the_old_one_ends(member, redis):
    old = made(member.send("/tokens", FORM))

    answer = member.send(f"/tokens/{id_of(old)}/rotate", {"overlap_hours": "2"})

    new = made(answer)
    assert new != old
    assert f"replaced by {id_of(new)}" in row(member, id_of(old))
    again = member.send(f"/tokens/{id_of(old)}/rotate", {"overlap_hours": "2"})
    assert again.status_code == 409
    assert f"{id_of(new)} has taken its place already" in again.text
    assert member.send(f"/tokens/{id_of(new)}/rotate", {"overlap_hours": "x"}).status_code == 422


def test_a_revoked_token_is_gone_and_the_last_that_may_administer_stays(member, redis, token):
    other = made(member.send("/tokens", FORM))

    answer = member.send(f"/tokens/{id_of(other)}/revoke")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/tokens")
    assert id_of(other) not in member.get("/tokens").text
    last = member.send(f"/tokens/{id_of(token)}/revoke")
    assert last.status_code == 409
    assert "nobody could make tokens any more" in last.text


def test_the_last_use_is_shown(app, member):
    token = made(member.send("/tokens", FORM | {"clusters": "*"}))
    assert row(member, id_of(token)).count("never") == 1

    robot = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/v1/tokens/self", headers=robot).status_code == 200

    assert "just now" in row(member, id_of(token))


def test_tokens_are_listed_a_part_at_a_time(member, monkeypatch):
    monkeypatch.setattr("api.page.tokens.SHOWN", 2)
    for number in range(2):
        made(member.send("/tokens", FORM | {"name": f"ci-{number}"}))

    (following,) = re.findall(r'href="(/tokens\?cursor=[^"]+)"', member.get("/tokens").text)

    assert "ci-1" not in member.get("/tokens").text
    assert "ci-1" in member.get(following).text


def test_nobody_gives_more_than_they_have(app, member):
    # Administers, and may do nothing else; so no role of an operator either.
    admin = made(member.send("/tokens", FORM | {"roles": ["admin"], "clusters": "test-*"}))
    other = Visitor(app.test_client(), admin)
    assert other.sign_in().status_code == 303

    assert other.get("/tokens").status_code == 403
    assert other.send("/tokens", FORM).status_code == 403


def test_what_is_done_with_tokens_is_recorded_with_the_session(member, redis, token):
    first = made(member.send("/tokens", FORM))
    second = made(member.send(f"/tokens/{id_of(first)}/rotate", {"overlap_hours": "1"}))
    member.send(f"/tokens/{id_of(second)}/revoke")
    member.send("/tokens", FORM | {"name": ""})

    told = [(each.verb, each.object, each.via) for each in acts(redis)]
    assert told == [
        ("sign-in", "", "session"),
        ("make-token", f"token {id_of(first)}", "session"),
        ("rotate-token", f"token {id_of(first)}", "session"),
        ("revoke-token", f"token {id_of(second)}", "session"),
    ]
    assert {each.actor for each in acts(redis)} == {id_of(token)}
    assert first[16:] not in "".join(redis.lrange(KEY, 0, -1))


def test_only_who_may_administer_is_led_to_tokens_and_the_audit_log(app, member):
    viewer = made(member.send("/tokens", FORM | {"roles": ["viewer"], "clusters": "*"}))
    other = Visitor(app.test_client(), viewer)
    other.sign_in()

    for place in ('href="/tokens"', 'href="/audit"'):
        assert place in member.get("/hosts").text
        assert place not in other.get("/sign-in").text
    assert other.get("/tokens").status_code == 403
    assert other.get("/audit").status_code == 403
