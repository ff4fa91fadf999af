"""Slots of schedules become jobs, on a real Redis: one each, however many reconcilers there are."""

import json
import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from polling import within

from workflows.kinds import KINDS
from workflows.ledger.ledger import Ledger
from workflows.plan import Change
from workflows.planner import normalised
from workflows.process.connection import connect
from workflows.reconciler import Reconciler
from workflows.schedules import firing
from workflows.schedules.cron import Once, cron
from workflows.schedules.firing import fire
from workflows.schedules.schedule import Schedule
from workflows.schedules.store import (
    DUE,
    ScheduleMoved,
    ScheduleNotFound,
    ScheduleStore,
    TooManySchedules,
)
from workflows.states import JobStatus
from workflows.timed import Timed

MADE = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
SLOT = datetime(2026, 5, 1, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOURLY = cron("0 * * * *", ZoneInfo("UTC"))


@pytest.fixture
def store(redis):
    return ScheduleStore(redis)


@pytest.fixture
def fired(ledger, inventory, store):
    def fired(name, now):
        return fire(ledger, inventory, store, name, now)

    return fired


def create(host="n1", cluster="prod", **more):
    kind = KINDS["create-cluster"]
    params = normalised(kind, {"control_plane": [host], "topology": "single"})
    return Change(cluster, "create-cluster", params, reason="every night", **more)


def schedule(name="nightly", times=HOURLY, change=None, **more):
    return Schedule(name, change or create(), times, **more)


def jobs(redis):
    return redis.zcard("cw:jobs")


def test_a_slot_that_has_come_makes_a_job_that_says_who_asked_for_it(fired, store, ledger):
    store.put(schedule(), "t1", MADE)

    outcome = fired("nightly", SLOT)

    job = ledger.job(outcome.job)
    assert (outcome.word, outcome.slot) == ("made", SLOT.timestamp())
    assert (job.requested_by, job.via, job.reason) == (
        "schedule:nightly",
        "schedule",
        "every night",
    )
    kept = store.one("nightly")
    assert (kept.last, kept.counts["made"]) == (outcome, 1)
    assert kept.next == (SLOT + timedelta(hours=1)).timestamp()


def test_a_slot_is_not_run_a_second_time(fired, store, redis):
    store.put(schedule(), "t1", MADE)
    fired("nightly", SLOT)

    assert fired("nightly", SLOT + MINUTE) is None
    assert jobs(redis) == 1


def test_many_reconcilers_at_once_make_one_job_of_a_slot(store, redis, settings, inventory):
    store.put(schedule(), "t1", MADE)
    barrier, outcomes = threading.Barrier(8), []

    def reconcile():
        client = connect(settings)
        barrier.wait(timeout=30)
        outcomes.append(fire(Ledger(client), inventory, ScheduleStore(client), "nightly", SLOT))
        client.close()

    threads = [threading.Thread(target=reconcile) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert len({outcome.job for outcome in outcomes if outcome}) == 1
    assert jobs(redis) == 1
    assert store.one("nightly").counts["made"] == 1


def test_a_crash_between_the_job_and_its_record_makes_no_second_job_once_the_first_has_ended(
    fired, store, ledger, redis, monkeypatch
):
    store.put(schedule(), "t1", MADE)
    monkeypatch.setattr(store, "settle", lambda *_: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        fired("nightly", SLOT)
    monkeypatch.undo()
    (job,) = ledger.jobs()
    ledger.cancel(job.id)

    outcome = fired("nightly", SLOT + MINUTE)

    assert (outcome.word, jobs(redis)) == ("made", 1)
    assert store.one("nightly").counts["made"] == 1


def test_of_missed_slots_the_latest_runs_if_it_is_young_enough(fired, store):
    store.put(schedule(), "t1", MADE)

    outcome = fired("nightly", SLOT + timedelta(hours=3, minutes=20))

    assert (outcome.word, outcome.slot) == ("made", (SLOT + timedelta(hours=3)).timestamp())
    assert store.one("nightly").counts["missed"] == 3


def test_slots_that_are_all_too_old_are_told_as_missed(fired, store, redis):
    store.put(schedule(late_by=600), "t1", MADE)

    outcome = fired("nightly", SLOT + timedelta(minutes=20))

    assert (outcome.word, outcome.job) == ("missed", "")
    assert "no Celery worker ran" in outcome.because
    assert (store.one("nightly").counts["missed"], jobs(redis)) == (1, 0)


def test_a_slot_whose_change_is_refused_is_told_and_the_next_comes_all_the_same(
    fired, store, ledger
):
    store.put(schedule(change=create(host="nobody")), "t1", MADE)

    outcome = fired("nightly", SLOT)

    kept = store.one("nightly")
    assert (outcome.word, kept.counts["refused"]) == ("refused", 1)
    assert "cannot create-cluster prod" in kept.last.because
    assert kept.next == (SLOT + timedelta(hours=1)).timestamp()


def test_a_schedule_that_is_refused_keeps_no_other_waiting(store, ledger, inventory, redis):
    made = datetime.now(UTC) - timedelta(hours=2)
    soon = Once(datetime.now(UTC) - timedelta(minutes=5))
    store.put(schedule("a-broken", soon), "t1", made)
    store.put(schedule("b-refused", soon, create(host="nobody", cluster="c")), "t1", made)
    store.put(schedule("c-good", soon, create(host="n2", cluster="d")), "t1", made)
    redis.hset("cw:schedule:a-broken", "document", "no document")
    redis.zadd(DUE, {"a-broken": 1, "b-refused": 2, "c-good": 3})

    Timed(ledger, inventory).tick()

    assert store.one("b-refused").last.word == "refused"
    assert store.one("c-good").last.word == "made"


def test_a_job_that_does_the_same_already_is_told(fired, store, ledger, inventory, redis):
    store.put(schedule(), "t1", MADE)
    first = fired("nightly", SLOT)

    second = fired("nightly", SLOT + timedelta(hours=1))

    assert (second.word, second.job) == ("joined", first.job)
    assert jobs(redis) == 1


def test_one_that_is_paused_has_no_next_slot_and_goes_on_from_now_on(fired, store):
    store.put(schedule(enabled=False), "t1", MADE)
    assert store.one("nightly").next is None

    store.put(schedule(), "t1", SLOT + MINUTE)

    assert fired("nightly", SLOT + 2 * MINUTE) is None
    assert store.one("nightly").next == (SLOT + timedelta(hours=1)).timestamp()


def test_one_that_is_removed_is_not_due_any_more(fired, store, redis):
    store.put(schedule(), "t1", MADE)
    store.remove("nightly")
    redis.zadd(DUE, {"nightly": 1})

    assert fired("nightly", SLOT) is None
    assert redis.zcard(DUE) == 0
    with pytest.raises(ScheduleNotFound, match="nightly"):
        store.one("nightly")


def test_a_write_on_another_revision_is_refused(store):
    store.put(schedule(), "t1", MADE, expected_revision=0)
    with pytest.raises(ScheduleMoved, match="revision 1"):
        store.put(schedule(), "t1", MADE, expected_revision=0)

    assert store.put(schedule(), "t1", MADE, expected_revision=1).revision == 2


def test_there_are_no_more_than_reconcilers_look_after(store, monkeypatch):
    monkeypatch.setattr("workflows.schedules.store.MOST_SCHEDULES", 1)
    store.put(schedule(), "t1", MADE)

    store.put(schedule(), "t1", MADE)
    with pytest.raises(TooManySchedules, match="remove one"):
        store.put(schedule("other"), "t1", MADE)


def test_while_nothing_is_due_redis_is_asked_one_question(store, ledger, inventory, redis):
    store.put(schedule(times=Once(datetime.now(UTC) + timedelta(hours=1))), "t1", datetime.now(UTC))
    timed = Timed(ledger, inventory)
    timed.tick()
    before = redis.info("commandstats").get("cmdstat_fcall", {}).get("calls", 0)
    total = redis.info("stats")["total_commands_processed"]

    timed.tick()

    assert redis.info("commandstats")["cmdstat_fcall"]["calls"] == before + 1
    asked = redis.info("stats")["total_commands_processed"] - total
    # Those of this test itself, the question, and what its script looks up.
    assert asked <= 8


def test_a_schedule_acts_on_its_cluster_alone(ledger, inventory, store, fired):
    by = firing.principal_of("nightly", "prod", "destroy-cluster")

    (grant,) = by.grants
    assert (by.id, str(grant.permission), grant.clusters) == ("schedule:nightly", "destroy", "prod")


def test_a_schedule_that_asks_for_a_freeze_to_be_overridden_is_refused(fired, store):
    store.put(schedule(change=create(accept=frozenset({"cluster-frozen"}))), "t1", MADE)

    outcome = fired("nightly", SLOT)

    assert outcome.word == "refused"
    assert "admin" in outcome.because


def test_a_schedule_is_read_as_it_was_stored(store):
    for times in (HOURLY, cron("30 2 * * tue", ZoneInfo("Europe/Berlin")), Once(SLOT)):
        one = schedule(times=times, late_by=60)

        assert Schedule.from_dict(json.loads(json.dumps(one.as_dict()))) == one


def test_a_reconciler_that_runs_has_the_slot_become_a_job(store, ledger, inventory):
    now = datetime.now(UTC)
    store.put(schedule(times=Once(now)), "t1", now - MINUTE)
    timed = Timed(ledger, inventory)
    reconciler = Reconciler(ledger, ended=lambda: None, timed=timed)

    reconciler.start()
    try:
        made = within(lambda: store.one("nightly").last, "the slot's job")
    finally:
        reconciler.stop()

    assert made.word == "made"
    assert ledger.job(made.job).status is JobStatus.RUNNING


def test_slots_are_counted_for_all_schedules_by_what_became_of_them(fired, store, redis):
    for number, name in enumerate(("one", "two"), 1):
        store.put(schedule(name, change=create(f"n{number}", f"c{number}")), "t1", MADE)
        fired(name, SLOT)
    fired("one", SLOT + timedelta(hours=1))
    fired("two", SLOT + timedelta(hours=9, minutes=90))

    counted = {
        field.partition("|")[2]: int(number)
        for field, number in redis.hgetall("cw:tallies").items()
        if field.startswith("slot|")
    }
    assert counted == {
        word: sum(store.one(name).counts[word] for name in ("one", "two")) for word in counted
    }
    assert counted["made"] == 2
    assert counted["joined"] >= 1
