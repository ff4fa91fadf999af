"""``clusterwright subscriptions``, on the real API and a receiver that answers."""

import ipaddress
import json
from dataclasses import replace

import pytest
from receiver import Reply, receiving
from serving import serving
from standardwebhooks import Webhook

from workflows.deliveries.deliverer import Deliverer
from workflows.deliveries.receiver_files import ReceiverFiles
from workflows.deliveries.store import Deliveries
from workflows.deliveries.subscription import DeliveryState
from workflows.ledger.ledger import Ledger
from workflows.notifiers.known import NOTIFIERS
from workflows.notifiers.safe_post import SafePost

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


@pytest.fixture
def api(redis, settings):
    with serving(redis, replace(settings, receiver_networks=LOOPBACK)) as served:
        yield served


@pytest.fixture
def receiver():
    with receiving() as found:
        yield found


@pytest.fixture
def added(api, receiver):
    result = api.run("subscriptions", "add", "board", receiver.url, "--event", "cluster.free")
    assert result.exit_code == 0, result.stderr
    return result


@pytest.fixture
def dead(redis, settings, receiver, added):
    """The id of a delivery that was given up."""
    ledger = Ledger(redis)
    deliveries = Deliveries(redis, ledger.functions)
    files = ReceiverFiles(settings.data_dir)
    post = SafePost(LOOPBACK, seconds=5)
    deliverer = Deliverer(ledger, deliveries, files, NOTIFIERS, post)
    event = {"job": "j1", "seq": "1", "type": "cluster.free", "at": "1", "status": ""}
    redis.xadd("cw:outbox", event)
    receiver.replies.append(Reply(410))
    deliveries.hand_out("test:queue", "t")
    deliverer.run("t")
    (row,) = deliveries.deliveries("board", DeliveryState.DEAD)
    return row.id


def test_standard_output_has_the_secret_alone(api, receiver, added):
    tried = api.run("subscriptions", "test", "board")

    assert tried.exit_code == 0, tried.stderr
    assert tried.stdout.startswith("board answered 204 in ")
    (got,) = receiver.got
    Webhook(added.stdout.strip()).verify(got.body, got.headers)
    assert "board: 127.0.0.1 is told of cluster.free" in added.stderr
    assert added.stdout.strip() not in added.stderr


def test_a_secret_address_comes_from_standard_input_and_is_shown_nowhere(api):
    url = "json://example.org/s3cr3t"
    words = ("subscriptions", "add", "pager", "--from", "-", "--notifier", "apprise")
    added = api.run(*words, "--clusters", "prod", "--once", stdin=url + "\n")

    assert added.exit_code == 0, added.stderr
    assert added.stdout == ""
    shown = api.run("subscriptions", "show", "pager")
    listed = api.run("subscriptions", "list", "--json")
    assert "example.org, by apprise" in shown.stdout
    assert "told of:    job.* on prod, once" in shown.stdout
    assert "s3cr3t" not in shown.stdout + listed.stdout


def test_all_are_listed_with_how_they_fare(api, added):
    result = api.run("subscriptions", "list")

    head, row = result.stdout.splitlines()
    assert head.split()[:3] == ["name", "by", "receiver"]
    assert row.split()[:4] == ["board", "webhook", "127.0.0.1", "cluster.free"]


def test_where_nobody_is_told_the_way_is_shown(api):
    assert "clusterwright" in api.run("subscriptions", "list").stdout


def test_a_test_that_does_not_arrive_says_why_and_ends_with_one(api, receiver, added):
    receiver.reply = Reply(500)

    result = api.run("subscriptions", "test", "board")

    assert result.exit_code == 1
    assert "board was not told: the receiver answered 500" in result.stderr


def test_what_was_given_up_is_shown_and_sent_anew(api, dead, redis):
    listed = api.run("subscriptions", "deliveries", "board", "--state", "dead")
    assert dead in listed.stdout
    assert "subscriptions replay board" in listed.stderr
    assert api.run("subscriptions", "replay", "board").exit_code == 1  # it is disabled

    enabled = api.run("subscriptions", "enable", "board")
    replayed = api.run("subscriptions", "replay", "board")

    assert "state:      on" in enabled.stdout
    assert replayed.stdout == "1 delivery is sent to board anew\n"
    waiting = json.loads(api.run("subscriptions", "deliveries", "board", "--json").stdout)
    assert [(row["id"], row["state"]) for row in waiting["deliveries"]] == [(dead, "waiting")]


def test_one_delivery_is_sent_anew_by_its_id(api, dead):
    api.run("subscriptions", "enable", "board")

    result = api.run("subscriptions", "replay", "board", "--delivery", dead, "--json")

    assert json.loads(result.stdout)["deliveries"][0]["state"] == "waiting"


def test_a_rotated_secret_is_printed_alone(api, receiver, added):
    result = api.run("subscriptions", "rotate", "board", "--overlap-hours", "1")
    api.run("subscriptions", "test", "board")

    (got,) = receiver.got
    for secret in (result.stdout.strip(), added.stdout.strip()):
        Webhook(secret).verify(got.body, got.headers)


def test_a_removed_one_is_gone(api, added):
    assert api.run("subscriptions", "remove", "board").stdout == "board is told nothing any more\n"

    again = api.run("subscriptions", "remove", "board")
    assert again.exit_code == 1
    assert "cannot find subscription board" in again.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("add", "board"),
        ("add", "board", "https://example.org", "--from", "-"),
        ("add", "board", "https://example.org", "--set", "body"),
        ("rotate", "board", "--overlap-hours", "-1"),
        ("deliveries", "board", "--state", "lost"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_told_and_adds_nothing(api, words):
    result = api.run("subscriptions", *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert json.loads(api.run("subscriptions", "list", "--json").stdout)["subscriptions"] == []


def test_what_a_receiver_is_told_of_is_changed_and_all_else_stays(api, added):
    result = api.run("subscriptions", "change", "board", "--clusters", "prod*", "--kind", "upgrade")
    assert result.exit_code == 0, result.stderr
    assert "told of:    cluster.free of upgrade on prod*" in result.stdout

    args = ("--all", "kinds", "--event", "job.*", "--once", "--set", "body=standard")
    changed = api.run("subscriptions", "change", "board", *args, "--json")

    row = json.loads(changed.stdout)
    assert (row["kinds"], row["events"], row["clusters"]) == ([], ["job.*"], "prod*")
    assert (row["once"], row["settings"]) == (True, {"body": "standard"})


def test_a_change_of_nothing_and_one_that_contradicts_itself_are_not_asked_for(api, added):
    nothing = api.run("subscriptions", "change", "board")
    both = api.run("subscriptions", "change", "board", "--all", "kinds", "--kind", "upgrade")

    assert (nothing.exit_code, both.exit_code) == (2, 2)
    assert "cannot change nothing" in nothing.stderr
    assert "leave out --all kinds" in both.stderr
