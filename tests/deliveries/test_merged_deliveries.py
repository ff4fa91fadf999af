"""A chat is told the newest news of a job only, no faster than it takes messages."""

import json
from dataclasses import replace

import pytest
from ledger_of_jobs import end_job
from receiver import Reply

from workflows.deliveries.schedule import WAITS
from workflows.deliveries.subscription import DeliveryState
from workflows.ledger.claims import Lease
from workflows.notifiers.known import NOTIFIERS
from workflows.notifiers.notifier import Notifier, Told

EVENTS = ("job.*", "step.*")
PACE = 60.0


class Board:
    """A receiver that keeps what it was told, and answers what a test says."""

    def __init__(self):
        self.told, self.answers = [], []

    def tell(self, target, news, kept, post):
        self.told.append((news.type, news.job["id"], news.job["status"], dict(kept)))
        return self.answers.pop(0) if self.answers else Told(True, keep={"message": "1"})

    @property
    def types(self):
        return [row[0] for row in self.told]


@pytest.fixture
def board(outgoing, monkeypatch):
    board = Board()
    monkeypatch.setitem(NOTIFIERS, "board", Notifier("board", "a board", board.tell, merges=True))
    outgoing.subscribe(notifier="board", events=EVENTS)
    return board


def test_of_several_news_that_wait_the_newest_is_told(outgoing, board):
    outgoing.end(outgoing.job())

    outgoing.tick()

    assert board.types == ["job.succeeded"]
    assert outgoing.deliveries.standing("board").waiting == 0
    states = {row.state for row in outgoing.deliveries.deliveries("board")}
    assert states == {DeliveryState.DONE}
    former = [row for row in outgoing.deliveries.deliveries("board") if row.type != "job.succeeded"]
    assert {row.error for row in former} == {"told by the news that followed it"}


def test_steps_are_told_where_they_are_wanted(outgoing, board):
    job = outgoing.job()
    outgoing.tick()
    outgoing.ledger.claim(Lease(job, 0, "t"), epoch=1, owner="test")
    outgoing.tick()

    assert board.types == ["job.started", "step.started"]
    assert board.told[1][3] == {"message": "1"}


def test_news_of_another_job_is_told_all_the_same(outgoing, board):
    outgoing.end(outgoing.job("j1"))
    outgoing.end(outgoing.job("j2", cluster="test"))

    outgoing.tick()

    assert sorted(row[:2] for row in board.told) == [
        ("job.succeeded", "j1"),
        ("job.succeeded", "j2"),
    ]


def test_a_receiver_that_has_taken_one_is_left_alone_for_its_pace(outgoing, board):
    board.answers = [Told(True, retry_after=PACE)]
    job = outgoing.job()
    outgoing.tick()
    end_job(outgoing.ledger, job)
    outgoing.tick()
    assert board.types == ["job.started"]

    outgoing.clock.on(PACE + 1)
    outgoing.tick()

    assert board.types == ["job.started", "job.succeeded"]


def test_what_was_tried_before_counts_for_the_news_in_its_place(outgoing, board):
    board.answers = [Told(False, "no")] * (len(WAITS) + 1)
    job = outgoing.job()
    outgoing.tick()
    end_job(outgoing.ledger, job)
    for wait in (*WAITS, 0.0):
        outgoing.clock.on(wait)
        outgoing.tick()

    assert len(board.told) == len(WAITS)
    dead = outgoing.deliveries.deliveries("board", DeliveryState.DEAD)
    assert [(row.type, row.attempts) for row in dead] == [("job.succeeded", len(WAITS))]


def test_a_webhook_is_told_of_every_event(outgoing, board):
    outgoing.subscribe("hook", events=EVENTS)

    outgoing.end(outgoing.job())
    outgoing.tick()

    kinds = [
        json.loads(got.body)["type"].removeprefix("io.clusterwright.")
        for got in outgoing.receiver.got
    ]
    assert kinds.count("step.started") == 2
    assert (kinds[0], kinds[-1]) == ("job.accepted", "job.succeeded")


def test_a_chat_hears_of_jobs_that_somebody_has_asked_for_there(outgoing):
    outgoing.subscribe(source="chat")

    outgoing.job("j1", requested_by="chat:chat:jane", via="chat")
    outgoing.job("j2", cluster="c2", requested_by="chat:chat-of-others:jane", via="chat")
    outgoing.job("j3", cluster="c3", requested_by="hook:chat", via="hook")
    outgoing.tick()

    subjects = {row["subject"] for row in outgoing.told}
    assert subjects == {"jobs/j1", "jobs/j3"}


def test_the_cluster_is_drawn_for_whoever_draws_once_the_job_has_succeeded(outgoing, monkeypatch):
    drawings = []

    def tell(target, news, kept, post):
        drawings.append((news.type, news.drawing))
        return Told(True)

    monkeypatch.setitem(NOTIFIERS, "wall", Notifier("wall", "a wall", tell, draws=True))
    outgoing.deliverer = replace(outgoing.deliverer, draw=lambda name: f"{name} drawn")
    outgoing.subscribe(notifier="wall")
    job = outgoing.job()
    outgoing.tick()
    end_job(outgoing.ledger, job)
    outgoing.tick()

    assert drawings[0] == ("job.accepted", "")
    assert drawings[-1] == ("job.succeeded", "prod drawn")


def test_a_press_comes_back_to_the_sender_that_the_setting_names(outgoing, monkeypatch):
    ways = []

    def tell(target, news, kept, post):
        ways.append(target.way)
        return Told(True)

    monkeypatch.setitem(NOTIFIERS, "wall", Notifier("wall", "a wall", tell))
    outgoing.deliverer = replace(
        outgoing.deliverer,
        public_url="https://clusters.test",
        secrets_of={"chat": (b"newest", b"former")}.__getitem__,
    )
    outgoing.subscribe("a", notifier="wall", events=("job.accepted",), settings={"source": "chat"})
    outgoing.subscribe("b", notifier="wall", events=("job.accepted",))
    outgoing.job()
    outgoing.tick()

    [way] = [way for way in ways if way]
    assert (way.url, way.secret) == ("https://clusters.test/v1/hooks/chat", b"newest")
    assert len(ways) == 2


def test_slack_is_posted_once_and_edited_when_the_job_has_ended(outgoing):
    outgoing.receiver.reply = Reply(200, body=b'{"ok": true, "ts": "17.1", "channel": "C1"}')
    url = outgoing.receiver.url.removesuffix("/hook")
    outgoing.subscribe(notifier="slack", url=url, settings={"channel": "C1"}, events=EVENTS)
    job = outgoing.job()
    outgoing.tick()
    end_job(outgoing.ledger, job)
    for _ in range(3):
        outgoing.clock.on(2)
        outgoing.tick()

    assert [got.path for got in outgoing.receiver.got] == ["/chat.postMessage", "/chat.update"]
    assert outgoing.told[1]["ts"] == "17.1"
    assert "succeeded" in outgoing.told[1]["text"]
