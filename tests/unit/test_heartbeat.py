"""The heartbeat on a real server behind a proxy: whoever is cut off stops before another begins."""

import threading
import time

import pytest
from ledger_records import add, claim
from tcp_proxy import tcp_proxy

from cluster.spec import Host
from workflows import heartbeat
from workflows.deadlines import Row, clock
from workflows.heartbeat import STOP_SECONDS, Heartbeat
from workflows.inventory import Inventory
from workflows.ledger import ledger as ledger_module
from workflows.ledger.claims import Lease
from workflows.ledger.ledger import Ledger
from workflows.process.connection import connect
from workflows.process.settings import Settings

KEY = "ssh-ed25519 " + "A" * 68
SLACK_SECONDS = 0.4
"""What a busy machine may take to wake a thread."""
LEASE_SECONDS = 3.0
"""Half of the real one: the tests wait for it to end again and again."""
PERIOD_SECONDS = LEASE_SECONDS / 4
MARGIN_SECONDS = 0.8
HELD_SECONDS = LEASE_SECONDS - MARGIN_SECONDS


@pytest.fixture(autouse=True)
def _shorter_leases(monkeypatch):
    monkeypatch.setattr(ledger_module, "LEASE_SECONDS", LEASE_SECONDS)
    monkeypatch.setattr(heartbeat, "PERIOD_SECONDS", PERIOD_SECONDS)
    monkeypatch.setattr(heartbeat, "AGAIN_SECONDS", PERIOD_SECONDS / 3)
    monkeypatch.setattr(heartbeat, "HELD_SECONDS", HELD_SECONDS)


@pytest.fixture
def ledger(redis):
    """The ledger as a Celery worker sees it that is not cut off."""
    Inventory(redis).put_host(Host("n1", "10.0.0.1", KEY))
    ledger = Ledger(redis)
    add(ledger, hosts=("n1",))
    return ledger


@pytest.fixture
def proxy(settings):
    with tcp_proxy(settings.redis_url) as proxy:
        yield proxy


@pytest.fixture
def beats(proxy, tmp_path):
    """The ledger of a heartbeat that goes through the proxy."""
    return Ledger(connect(Settings(tmp_path, proxy.url), answer_within=PERIOD_SECONDS))


class Attempt:
    """One attempt at the first step, which notes when it is told to stop."""

    def __init__(self, beats, *, claimed=None, interruptible=True, limit=3600.0):
        self.interrupted_at, self.row = [], Row()
        self.claimed = clock() if claimed is None else claimed
        self.lease, answer = claim(beats, 0, token="first")
        assert answer == "run"
        self.beat = Heartbeat(
            beats,
            self.lease,
            claimed=self.claimed,
            limit=limit,
            row=self.row,
            interruptible=interruptible,
            interrupt=lambda: self.interrupted_at.append(clock()),
        )

    def is_interrupted_within(self, seconds):
        end = clock() + seconds
        while not self.interrupted_at and clock() < end:
            time.sleep(0.01)
        return bool(self.interrupted_at)


def claims_of_another(ledger, seconds):
    """Try to claim the step until it works; return when that was."""
    end = clock() + seconds
    while clock() < end:
        _, answer = claim(ledger, 0, token="second")
        if answer == "run":
            return clock()
        time.sleep(0.02)
    raise AssertionError(f"nobody could claim the step within {seconds} s")


@pytest.mark.parametrize("how", ["drop", "mute", "refuse"])
def test_who_is_cut_off_is_told_to_stop_before_another_can_claim(how, ledger, beats, proxy):
    attempt = Attempt(beats)
    with attempt.beat:
        threading.Event().wait(PERIOD_SECONDS * 1.5)  # one beat has arrived
        getattr(proxy, how)()
        claimed = claims_of_another(ledger, LEASE_SECONDS * 3)
        stopped = list(attempt.interrupted_at)

    # Where only answers vanish, Redis goes on getting beats, and lets the other one in later still.
    assert stopped, "two owners at the same moment"
    assert stopped[0] < claimed
    assert claimed - stopped[0] >= MARGIN_SECONDS - SLACK_SECONDS
    assert attempt.beat.answer == "lost"


def test_what_was_sent_before_the_cut_and_arrives_after_it_gives_nothing_back(ledger, beats, proxy):
    attempt = Attempt(beats)
    with attempt.beat:
        proxy.drop()
        claimed = claims_of_another(ledger, LEASE_SECONDS * 3)
        assert attempt.interrupted_at[0] < claimed
        proxy.mend()
        threading.Event().wait(PERIOD_SECONDS)

        assert attempt.beat.answer == "lost"
        assert len(attempt.interrupted_at) == 1
    assert not ledger.done(attempt.lease, {})
    assert ledger.job("j1").steps[0].attempt == 2


def test_the_lease_counts_from_when_a_beat_was_sent_not_from_its_answer(ledger, beats, proxy):
    attempt = Attempt(beats)
    with attempt.beat:
        began = clock()
        proxy.drop()
        threading.Event().wait(PERIOD_SECONDS * 1.8)
        proxy.mend()  # the answer to the beat that was sent after a period comes late
        threading.Event().wait(PERIOD_SECONDS * 0.4)
        proxy.drop()
        assert attempt.is_interrupted_within(LEASE_SECONDS)

    interrupted, sent = attempt.interrupted_at[0] - began, PERIOD_SECONDS
    assert interrupted > HELD_SECONDS + SLACK_SECONDS  # the beat did count
    assert interrupted < sent + HELD_SECONDS + SLACK_SECONDS


def test_a_claim_that_was_answered_too_late_is_lost_before_anything_is_done(ledger, beats):
    attempt = Attempt(beats, claimed=clock() - HELD_SECONDS)

    with attempt.beat:
        assert attempt.interrupted_at
        assert attempt.beat.answer == "lost"


def test_an_outage_shorter_than_the_lease_costs_nothing(ledger, beats, proxy):
    attempt = Attempt(beats)
    with attempt.beat:
        proxy.refuse()
        threading.Event().wait(PERIOD_SECONDS * 1.5)
        proxy.mend()
        threading.Event().wait(PERIOD_SECONDS * 2)

        assert not attempt.interrupted_at
    assert attempt.beat.answer == "ok"
    assert ledger.done(attempt.lease, {})


def test_a_server_that_takes_no_writes_is_as_good_as_none(ledger, beats, redis):
    attempt = Attempt(beats)
    redis.config_set("maxmemory", 1)
    try:
        with attempt.beat:
            assert attempt.is_interrupted_within(LEASE_SECONDS - MARGIN_SECONDS + SLACK_SECONDS)
    finally:
        redis.config_set("maxmemory", 0)

    assert attempt.beat.answer == "lost"


def test_an_error_that_nobody_thought_of_ends_the_lease_not_the_watch(ledger, beats, monkeypatch):
    attempt = Attempt(beats)
    monkeypatch.setattr(beats.redis, "fcall", None)  # as a broken client library would

    with attempt.beat:
        assert attempt.is_interrupted_within(HELD_SECONDS + SLACK_SECONDS)


def test_a_step_that_ends_after_its_time_is_lost_though_nothing_has_told_it(
    ledger, beats, monkeypatch
):
    attempt = Attempt(beats)
    with attempt.beat:
        # Nothing of this process ran meanwhile: it was stopped, or its machine slept.
        later = clock() + LEASE_SECONDS
        monkeypatch.setattr(heartbeat, "clock", lambda: later)

    assert attempt.beat.answer == "lost"


def test_a_cancelled_step_holds_its_lease_until_it_has_ended(ledger, beats):
    attempt = Attempt(beats)
    with attempt.beat:
        ledger.cancel("j1")
        assert attempt.is_interrupted_within(PERIOD_SECONDS + SLACK_SECONDS)
        threading.Event().wait(LEASE_SECONDS)

        assert attempt.beat.answer == "cancel"
        assert len(attempt.interrupted_at) == 1
        assert ledger.beat(attempt.lease) == "cancel"  # still its own
    assert ledger.interrupted(attempt.lease)


def test_a_step_that_may_not_be_interrupted_is_still_told_that_its_lease_is_lost(
    ledger, beats, proxy
):
    attempt = Attempt(beats, interruptible=False)
    with attempt.beat:
        ledger.cancel("j1")
        threading.Event().wait(PERIOD_SECONDS + SLACK_SECONDS)
        assert not attempt.interrupted_at

        proxy.drop()

        assert attempt.is_interrupted_within(LEASE_SECONDS)
    assert attempt.beat.answer == "lost"


def test_a_step_that_outlives_its_limit_is_told_to_stop_and_holds_its_lease(ledger, beats):
    attempt = Attempt(beats, interruptible=False, limit=1.0)
    with attempt.beat:
        assert attempt.is_interrupted_within(1.0 + heartbeat.LOOK_SECONDS + SLACK_SECONDS)
        threading.Event().wait(LEASE_SECONDS)

        assert attempt.beat.answer == "overdue"
        assert len(attempt.interrupted_at) == 1
        assert ledger.beat(attempt.lease) == "ok"
        deadline = attempt.row.read()[0]
        assert deadline <= attempt.interrupted_at[0] + STOP_SECONDS + SLACK_SECONDS
    assert str(attempt.beat.overdue()) == (
        "cannot finish the step: it did not end within 1 s and was ended"
    )


def test_each_beat_that_is_answered_moves_the_deadline_and_one_that_is_not_does_not(
    ledger, beats, proxy
):
    attempt = Attempt(beats)
    with attempt.beat:
        first = attempt.row.read()[0]
        threading.Event().wait(PERIOD_SECONDS + SLACK_SECONDS)
        second = attempt.row.read()[0]
        proxy.drop()
        threading.Event().wait(PERIOD_SECONDS + SLACK_SECONDS)

        assert first < second
        assert attempt.row.read()[0] < second + PERIOD_SECONDS
        assert attempt.is_interrupted_within(LEASE_SECONDS)
        assert attempt.row.read()[0] == pytest.approx(
            attempt.interrupted_at[0] + STOP_SECONDS, abs=SLACK_SECONDS
        )


def test_an_interrupt_that_fails_does_not_end_the_heartbeat(ledger, beats, caplog):
    lease, _ = claim(beats, 0)

    def fail():
        raise ValueError("the fleet broke")

    beat = Heartbeat(
        beats,
        lease,
        claimed=clock() - HELD_SECONDS,
        limit=3600.0,
        row=Row(),
        interruptible=True,
        interrupt=fail,
    )
    with beat:
        assert beat.answer == "lost"
    assert "cannot interrupt step 0" in caplog.text


def test_a_heartbeat_leaves_no_connection_behind(ledger, beats, redis):
    before = len(redis.client_list())
    attempt = Attempt(beats)
    with attempt.beat:
        threading.Event().wait(PERIOD_SECONDS + SLACK_SECONDS)
        assert len(redis.client_list()) > before

    end = clock() + 5
    while len(redis.client_list()) > before and clock() < end:
        time.sleep(0.02)
    assert len(redis.client_list()) == before
    assert ledger.beat(Lease("j1", 0, "first")) == "ok"
