"""``clusterwright approvals`` and ``jobs approve``, on the real API."""

import json
from dataclasses import replace

import pytest
from serving import serving

from api.access.tokens import id_of
from cli.approval_view import ASKS, approval_lines
from cluster.spec import Host
from workflows.approval_policy import Asks
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
CREATE = ("change", "create-cluster", "prod", "--control-plane", "n1")


@pytest.fixture
def api(redis, settings):
    with serving(redis, settings) as served:
        Inventory(redis).put_host(Host("n1", "10.0.0.1", KEY))
        yield served


@pytest.fixture
def bob(api):
    """Somebody else, who may approve."""
    made = api.run("tokens", "create", "bob", "--role", "approver", "--for", "bob")
    return replace(api, token=made.stdout.strip())


@pytest.fixture
def waiting(api):
    """A job that waits for an approval."""
    words = ("--approve-within", "24", "--reason", "more room", "--json")
    asked = api.run(*CREATE, *words)
    assert asked.exit_code == 0, asked.output
    return json.loads(asked.stdout)


def test_the_words_of_the_command_line_are_those_of_the_policy():
    assert list(ASKS) == list(map(str, Asks))


def test_the_list_tells_what_waits_who_asks_and_until_when(api, waiting):
    head, row = api.run("approvals", "list").stdout.splitlines()

    assert head.split("  ")[0] == "job"
    assert row.startswith(waiting["id"][:12])
    assert "local     token" in row
    assert waiting["approval_asked_time"][:10] == waiting["created_time"][:10]
    since, until = waiting["approval_asked_time"], waiting["expires_time"]
    assert row.index(since[:16].replace("T", " ")) < row.index(until[:16].replace("T", " "))
    assert row.endswith("more room")
    listed = json.loads(api.run("approvals", "list", "--json").stdout)["jobs"]
    assert [job["id"] for job in listed] == [waiting["id"]]
    assert api.run("approvals", "list", "--cluster", "other").stdout.startswith("nothing waits")


def test_what_is_approved_is_shown_before_it_is_asked_whether(bob, redis, waiting):
    result = bob.run("jobs", "approve", waiting["id"][:8], stdin="y\n")

    assert result.exit_code == 0, result.output
    told = result.stderr
    assert f"create-cluster prod: {len(waiting['steps'])} steps" in told
    for step in waiting["steps"]:
        assert step["title"] in told
    assert "voters alive: none before, " in told
    assert "1 of 1 after" in told
    assert f"asked for by local {waiting['requested_by']} (token): more room" in told
    assert "needs an approval because the request asked for one" in told
    assert "until " + waiting["expires_time"][:16].replace("T", " ") in told
    assert told.index("digest " + waiting["plan_digest"]) < told.index("Approve this plan?")
    assert result.stdout.startswith(f"job {waiting['id']}: running")
    assert Ledger(redis).job(waiting["id"]).approved_by == id_of(bob.token)


@pytest.mark.parametrize(
    ("stdin", "said"), [("n\n", "you said no; it waits still"), ("", "nobody answered")]
)
def test_without_a_yes_nothing_is_approved(bob, redis, waiting, stdin, said):
    result = bob.run("jobs", "approve", waiting["id"], stdin=stdin)

    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr
    assert Ledger(redis).job(waiting["id"]).status == "awaiting-approval"


def test_a_script_says_yes_beforehand_and_gets_the_job(bob, waiting):
    result = bob.run("jobs", "approve", waiting["id"], "--yes", "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["approved_by"] == id_of(bob.token)


def test_another_plan_than_the_one_that_was_looked_at_is_not_approved(bob, redis, waiting):
    other = "sha256:" + "0" * 64

    result = bob.run("jobs", "approve", waiting["id"], "--plan-digest", other)

    assert result.exit_code == 1
    assert waiting["plan_digest"] in result.stderr
    assert Ledger(redis).job(waiting["id"]).status == "awaiting-approval"


def test_who_has_asked_is_told_who_may_approve_it(api, bob, waiting):
    result = api.run("jobs", "approve", waiting["id"], "--yes")

    assert result.exit_code == 1
    assert "whoever has the role approver or admin for cluster prod" in result.stderr


def test_a_job_that_does_not_wait_says_where_it_stands_and_nothing_is_asked(bob, waiting):
    bob.run("jobs", "approve", waiting["id"], "--yes")

    result = bob.run("jobs", "approve", waiting["id"])

    assert result.exit_code == 1
    assert "it is running" in result.stderr
    assert "Approve this plan?" not in result.stderr


def test_a_job_that_waits_shows_what_would_be_approved(api, waiting):
    shown = api.run("jobs", "show", waiting["id"]).stdout

    assert "needs an approval because" in shown
    assert waiting["plan_digest"] in shown


def test_who_is_alone_is_told_so_by_the_policy(api):
    told = api.run("approvals", "policy").stdout

    assert "once there is somebody else who may approve" in told
    assert "besides you may approve: nobody" in told
    assert "you are asked for no approval" in told


def test_a_part_of_the_policy_is_changed_and_the_rest_stays(api, bob):
    words = ("--asks", "always", "--environment", "staging", "--kind", "upgrade", "--no-final")
    changed = api.run("approvals", "policy", *words)

    assert changed.exit_code == 0, changed.output
    assert "every change of clusters for: staging" in changed.stdout
    assert "besides you may approve: bob" in changed.stdout
    now = json.loads(api.run("approvals", "policy", "--kind", "none", "--json").stdout)
    assert (now["asks"], now["environments"], now["kinds"]) == ("always", ["staging"], [])
    assert (now["final"], now["within"], now["revision"]) == (False, 24, 2)
    assert bob.run("approvals", "policy").exit_code == 1


@pytest.mark.parametrize(
    "words", [("--asks", "sometimes"), ("--within", "0"), ("--environment", "moon")], ids=" ".join
)
def test_wrong_usage_changes_no_policy(api, words):
    result = api.run("approvals", "policy", *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(api.run("approvals", "policy", "--json").stdout)["revision"] == 0


def test_a_plan_says_that_it_would_wait_and_why(api, bob):
    words = ("create-cluster", "prod", "--control-plane", "n1", "--environment", "prod")

    told = api.run("plan", *words, "--accept", "prod-without-ha").stdout

    assert "it waits for somebody's approval, 24 h at most: the cluster is for prod" in told


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("verify", {"voters_alive": 3, "voters": 3}, "the same after"),
        ("destroy-cluster", {"voters_alive": 3, "voters": 3}, "none after"),
        ("adopt-cluster", None, "none after"),
    ],
)
def test_a_change_that_leaves_the_voters_alone_does_not_say_that_none_are_left(
    waiting, kind, before, after
):
    quorum = {"before": before, "during": None, "expected": None}

    told = list(approval_lines(waiting | {"kind": kind, "quorum": quorum}))

    (line,) = [line for line in told if line.startswith("voters alive: ")]
    assert line.endswith(f"the same during, {after}")


def test_of_a_plan_that_cannot_be_approved_any_more_nobody_is_asked(bob, redis, waiting):
    redis.hset("cw:revision:prod", mapping={"n": 1, "by": "other"})

    result = bob.run("jobs", "approve", waiting["id"][:8])

    assert result.exit_code == 1
    assert "Approve this plan?" not in result.output
    assert "job other has changed cluster prod since" in result.stderr
