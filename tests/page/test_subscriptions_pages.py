"""Subscriptions on the page: how each fares, tested, enabled, removed, what is dead sent anew."""

import re

import pytest
from receiver import receiving
from seeding import put_hosts

from workflows.audit.log import KEY
from workflows.audit.records import Record
from workflows.deliveries.receiver_files import Receiver
from workflows.deliveries.store import Outcome
from workflows.deliveries.subscription import Subscription
from workflows.plan import Change
from workflows.submit import submit

SECRET_PATH = "s3cr3t-in-the-path"


@pytest.fixture
def backend(app):
    return app.extensions["clusterwright"]


@pytest.fixture
def receiver():
    with receiving() as found:
        yield found


@pytest.fixture
def board(backend, receiver):
    """A subscription; its address is on loopback, which is not among those that are allowed."""
    backend.deliveries.add(Subscription("board", "webhook", f"127.0.0.1:{receiver.port}"))
    backend.receiver_files.write("board", Receiver(f"{receiver.url}/{SECRET_PATH}"))


@pytest.fixture
def dead(board, backend, inventory):
    """The job of a delivery that was given up."""
    put_hosts(inventory, 1)
    params = {"control_plane": ["n1"], "topology": "single"}
    job = submit(backend.ledger, inventory, Change("prod", "create-cluster", params)).job.id
    backend.deliveries.hand_out("test:queue", "t")
    claimed = backend.deliveries.next("t")
    backend.deliveries.attempted(claimed, Outcome("dead", "answered with <b>404</b>"))
    return job


def row(member):
    """Return the words of the subscription's row, and its forms."""
    page = member.get("/subscriptions").text
    (found,) = re.findall(r'<tr id="subscription-board">.*?</tr>', page, re.DOTALL)
    forms = re.findall(r'action="/subscriptions/board/(\w+)"', found)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found)), forms


def acts(redis):
    found = [Record.of(line) for line in redis.lrange(KEY, 0, -1)]
    return [(each.verb, each.object) for each in found if each.object.startswith("subscription")]


def test_a_subscription_is_listed_with_its_host_and_never_its_address(member, board):
    words, forms = row(member)

    assert "board" in words
    assert "webhook at 127.0.0.1" in words
    assert forms == ["test", "remove"]
    assert SECRET_PATH not in member.get("/subscriptions").text


def test_without_any_the_page_says_so_and_how_one_is_added(member):
    page = member.get("/subscriptions").text

    assert "Nobody is told of anything yet" in page
    assert "clusterwright subscriptions add board" in page


def test_a_test_event_is_sent_now_and_the_answer_shown(member, board, redis, receiver):
    answer = member.send("/subscriptions/board/test")

    assert answer.status_code == 200
    assert "board was not told" in answer.text
    assert "127.0.0.1" in answer.text
    assert receiver.got == []
    assert acts(redis) == [("try-subscription", "subscription board")]


def test_what_a_receiver_was_not_told_is_shown_and_sent_anew(member, dead, backend, redis):
    page = member.get("/subscriptions").text
    assert "What board was not told" in page
    assert f'href="/jobs/{dead}"' in page
    assert "&lt;b&gt;404" in page
    assert row(member)[1] == ["test", "replay", "remove"]

    answer = member.send("/subscriptions/board/replay")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/subscriptions")
    assert backend.deliveries.standing("board").dead == 0
    assert row(member)[1] == ["test", "remove"]
    assert acts(redis) == [("replay-subscription", "subscription board")]


def test_a_receiver_that_is_gone_is_enabled(member, dead, backend, redis):
    claimed = backend.deliveries.next("t")
    if claimed is None:  # the first was the only one
        backend.deliveries.replay(backend.deliveries.deliveries("board")[0].id)
        claimed = backend.deliveries.next("t")
    backend.deliveries.attempted(claimed, Outcome("gone", "answered with 410"))
    words, forms = row(member)
    assert "disabled" in words
    assert "enable" in forms
    assert "replay" not in forms

    assert member.send("/subscriptions/board/enable").status_code == 303

    assert "enable" not in row(member)[1]


def test_a_removed_subscription_is_gone_with_its_address(member, board, redis, site):
    assert (site.folder / "receivers" / "board").exists()

    assert member.send("/subscriptions/board/remove").status_code == 303

    assert "Nobody is told of anything yet" in member.get("/subscriptions").text
    assert not (site.folder / "receivers" / "board").exists()
    assert member.send("/subscriptions/board/remove").status_code == 404
    assert acts(redis) == [("remove-subscription", "subscription board")]
