"""``clusterwright tokens``, on the real API."""

import json

import pytest
from serving import serving

from api.access.tokens import Tokens, id_of
from cli.cmd_tokens import ROLES
from cli.token_view import ENVIRONMENTS
from cluster.spec import Environment
from workflows.roles import Role


@pytest.fixture
def api(redis, settings):
    with serving(redis, settings) as served:
        yield served


@pytest.fixture
def created(api):
    """Return a function that makes a token and returns it."""

    def create(name, *options):
        result = api.run("tokens", "create", name, *(options or ("--role", "viewer")))
        assert result.exit_code == 0, result.stderr
        return result.stdout.strip()

    return create


def test_standard_output_has_the_token_alone(api, redis):
    words = ("--role", "operator", "--role", "approver", "--clusters", "test-*")
    result = api.run("tokens", "create", "ci", *words, "--environment", "dev", "--days", "30")

    token = result.stdout.removesuffix("\n")
    assert result.exit_code == 0, result.stderr
    assert Tokens(redis).holder(token) == id_of(token)
    assert token not in result.stderr
    assert (
        f"{id_of(token)} (ci) of ci: operator, approver, for test-* in dev, ends " in result.stderr
    )


def test_a_token_is_made_for_somebody_else(api, created):
    given = created("phone", "--role", "approver", "--for", "anna")

    shown = api.run("tokens", "show", id_of(given))

    lines = dict(line.split(":", 1) for line in shown.stdout.splitlines())
    assert (lines["name"].strip(), lines["owner"].strip()) == ("phone", "anna")


@pytest.mark.parametrize(
    ("words", "is_told"),
    [
        (["--role", "approver"], True),
        (["--role", "admin"], True),
        (["--role", "operator"], False),
        (["--role", "approver", "--for", "anna"], False),
    ],
)
def test_who_makes_a_token_that_may_approve_reads_whose_changes_it_does_not(api, words, is_told):
    made = api.run("tokens", "create", "bob", *words)

    told = (
        "it approves nothing that you have asked for; if somebody else is to have it, make theirs"
    )
    assert (told in made.stderr) == is_told
    assert made.stdout.startswith("cw_")


def test_the_words_of_the_command_line_are_those_of_the_api():
    assert tuple(Role) == ROLES
    assert tuple(Environment) == ENVIRONMENTS


@pytest.mark.parametrize(
    ("options", "days"), [((), 90), (("--days", "7"), 7), (("--never-ends",), None)]
)
def test_a_token_ends_when_it_is_asked_to(api, options, days):
    result = api.run("tokens", "create", "ci", "--role", "viewer", *options, "--json")

    made = json.loads(result.stdout)
    lasts = None if days is None else made["created"] + days * 86400
    assert made["expires"] == lasts


@pytest.mark.parametrize(
    "words",
    [
        ("create", "ci"),
        ("create", "ci", "--role", "root"),
        ("create", "ci", "--role", "viewer", "--days", "366"),
        ("create", "ci", "--role", "viewer", "--days", "7", "--never-ends"),
        ("rotate", "ci", "--overlap-hours", "-1"),
        ("revoke",),
    ],
    ids=" ".join,
)
def test_wrong_usage_makes_no_token(api, words):
    before = json.loads(api.run("tokens", "list", "--json").stdout)["tokens"]

    result = api.run("tokens", *words)

    assert (result.exit_code, result.stdout) == (2, "")
    after = json.loads(api.run("tokens", "list", "--json").stdout)["tokens"]
    assert [row["id"] for row in after] == [row["id"] for row in before]


def test_the_list_tells_each_token_and_no_secret(api, created):
    token = created("ci", "--role", "viewer", "--clusters", "prod", "--never-ends")

    result = api.run("tokens", "list")

    head, first, row = result.stdout.splitlines()
    assert head.split("  ")[0] == "id"
    assert "all clusters" in first
    assert row.split() == [
        id_of(token),
        *["ci", "ci", "valid", "viewer", "prod", "never", "never"],
    ]
    assert token[16:] not in result.stdout


@pytest.mark.parametrize("named", ["its id", "its name", "the whole of it"])
def test_a_token_is_shown_by_whatever_names_it(api, created, named):
    token = created("ci", "--role", "operator", "--environment", "dev")
    word = {"its id": id_of(token), "its name": "ci", "the whole of it": token}[named]

    result = api.run("tokens", "show", word)

    lines = dict(line.split(":", 1) for line in result.stdout.splitlines())
    assert lines["id"].strip() == id_of(token)
    assert lines["may"].strip() == "change (all clusters in dev), destroy (all clusters in dev)"
    assert token[16:] not in result.stdout


def test_a_name_that_several_tokens_have_names_none(api, created):
    ids = [id_of(created("ci")) for _ in range(2)]

    result = api.run("tokens", "revoke", "ci")
    unknown = api.run("tokens", "revoke", "nobody")

    assert (result.exit_code, result.stdout) == (1, "")
    assert all(each in result.stderr for each in ids)
    assert unknown.stderr.startswith("cannot find a token that is valid and called nobody")


def test_self_tells_whose_token_the_command_line_sends(api, created):
    token = created("ci")

    own = json.loads(api.run("tokens", "self", "--json").stdout)
    robot = type(api)(api.url, token).run("tokens", "self")

    assert (own["id"], own["roles"]) == (id_of(api.token), ["admin"])
    assert f"id:           {id_of(token)}" in robot.stdout


def test_a_revoked_token_is_let_in_no_more(api, created):
    token = created("ci")
    robot = type(api)(api.url, token)
    assert robot.run("tokens", "self").exit_code == 0

    result = api.run("tokens", "revoke", "ci")

    assert result.stdout == f"{id_of(token)} (ci): revoked\n"
    refused = robot.run("tokens", "self")
    assert refused.exit_code == 1
    assert "its token is not known" in refused.stderr


def test_the_last_admin_is_told_the_way_out(api):
    result = api.run("tokens", "revoke", id_of(api.token))

    assert result.exit_code == 1
    assert result.stderr.startswith(f"cannot revoke token {id_of(api.token)} (local): ")
    assert "role admin" in result.stderr


@pytest.mark.parametrize(("hours", "still"), [("24", True), ("0", False)])
def test_a_rotation_prints_the_new_token_alone_and_tells_both_ends(api, created, hours, still):
    old = created("ci")

    result = api.run("tokens", "rotate", "ci", "--overlap-hours", hours)

    new = result.stdout.removesuffix("\n")
    first, second, _ = result.stderr.splitlines()
    assert first.startswith(f"{id_of(old)} (ci) {'ends 20' if still else 'is revoked'}")
    assert second.startswith(f"{id_of(new)} (ci) of ci: viewer, for all clusters, ends ")
    assert type(api)(api.url, new).run("tokens", "self").exit_code == 0
    assert (type(api)(api.url, old).run("tokens", "self").exit_code == 0) is still
