"""Jobs that wait for a maintenance window or the end of a freeze, on a real Redis."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from ledger_records import add, fail, run
from polling import within

from workflows.access import Forbidden, Grant, Permission, Principal
from workflows.hours import DAYS, Hours
from workflows.kinds import KINDS
from workflows.plan import Change
from workflows.planner import normalised
from workflows.states import JobStatus
from workflows.submit import plan_change, submit
from workflows.timed import Timed
from workflows.windows.calendar import CLUSTER_FROZEN, OUTSIDE_WINDOW, Freeze, Reach, Window
from workflows.windows.store import CalendarStore

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
PLANNER = Principal("t1", "planner", grants=(Grant(Permission.CHANGE),))
ADMIN = Principal("t2", "admin", grants=(Grant(Permission.CHANGE), Grant(Permission.ADMIN)))


@pytest.fixture
def calendar(redis):
    return CalendarStore(redis)


@pytest.fixture
def timed(ledger, inventory):
    return Timed(ledger, inventory)


def frozen(begin, end, **more):
    return Freeze("sale", Reach(), NOW + begin, NOW + end, "the sale", **more)


def create(host="n1", cluster="prod", **more):
    kind = KINDS["create-cluster"]
    params = normalised(kind, {"control_plane": [host], "topology": "single"})
    return Change(cluster, "create-cluster", params, **more)


def closed_now():
    """Return a window that was open an hour ago, and is again in 22 hours."""
    begin = (NOW - 2 * HOUR).time().replace(second=0, microsecond=0)
    end = (NOW - HOUR).time().replace(second=0, microsecond=0)
    return Window("nightly", Reach(), Hours(frozenset(DAYS), begin, end, ZoneInfo("UTC")))


def test_a_job_of_a_frozen_cluster_waits_and_says_since_when_and_until_when(
    ledger, inventory, calendar
):
    calendar.put_freeze(frozen(-HOUR, HOUR))

    job = submit(ledger, inventory, create()).job

    assert (job.status, job.position, job.waits_for) == (JobStatus.QUEUED, 0, None)
    assert job.opens == pytest.approx((NOW + HOUR).timestamp(), abs=1)
    assert job.held_since == pytest.approx(job.created, abs=1)
    assert "freeze sale until" in job.held_by
    assert "the sale" in job.held_by
    assert "it waits since" in job.next_action
    assert job.can == ["cancel"]
    assert "cluster-frozen" in {finding["code"] for finding in job.findings}
    assert [event.type for event in ledger.events(job.id)] == ["job.accepted", "job.held-back"]


def test_a_plan_says_that_its_job_will_wait_for_a_window(ledger, inventory, calendar):
    calendar.put_window(closed_now())

    plan = plan_change(ledger, inventory, create())

    (finding,) = [each for each in plan.findings if each.code == OUTSIDE_WINDOW]
    assert (str(finding.severity), finding.acceptable) == ("warn", True)
    assert "nightly" in finding.message
    assert "it begins" in finding.message
    assert not plan.refusals(frozenset())


def test_it_begins_once_its_time_has_come(ledger, inventory, calendar, timed, redis):
    calendar.put_freeze(frozen(-HOUR, HOUR))
    job = submit(ledger, inventory, create()).job
    timed.tick()
    assert ledger.job(job.id).status is JobStatus.QUEUED

    calendar.put_freeze(frozen(-2 * HOUR, -HOUR))
    timed.tick()

    begun = ledger.job(job.id)
    assert (begun.status, begun.held_since, begun.held_by) == (JobStatus.RUNNING, None, "")
    assert ledger.due() == [job.id]
    assert redis.zcard("cw:openings") == 0


def test_it_begins_when_the_freeze_ends_by_itself(ledger, inventory, calendar, timed):
    end = datetime.now(UTC) + timedelta(seconds=1.5)
    calendar.put_freeze(Freeze("short", Reach(), NOW - HOUR, end))
    job = submit(ledger, inventory, create()).job
    assert job.held_since

    def begun():
        timed.tick()
        found = ledger.job(job.id)
        return found if found.status is JobStatus.RUNNING else None

    assert within(begun, "the freeze's end").started >= end.timestamp() - 0.001


def test_many_reconcilers_have_it_begin_once(ledger, inventory, calendar, timed):
    calendar.put_freeze(frozen(-HOUR, HOUR))
    job = submit(ledger, inventory, create()).job
    calendar.remove_freeze("sale")

    for one in [timed, *(Timed(ledger, inventory) for _ in range(5))]:
        one.tick()

    assert [event.type for event in ledger.events(job.id)].count("job.started") == 1


def test_while_it_waits_it_keeps_its_hosts_and_not_its_cluster(ledger, inventory, calendar):
    calendar.put_freeze(frozen(-HOUR, HOUR, kinds_except=frozenset({"label-nodes"})))
    job = submit(ledger, inventory, create()).job

    assert inventory.hosts_known({"n1"})["n1"].reserved_by == job.id
    assert ledger.ahead("prod") == []


def test_one_that_waits_can_be_cancelled_and_leaves_nothing(ledger, inventory, calendar, redis):
    calendar.put_freeze(frozen(-HOUR, HOUR))
    job = submit(ledger, inventory, create()).job

    assert ledger.cancel(job.id).status is JobStatus.CANCELLED

    assert redis.zcard("cw:openings") == 0
    assert redis.scard("cw:loose:prod") == 0
    assert inventory.hosts_known({"n1"})["n1"].reserved_by == ""


def test_one_that_is_asked_to_go_on_before_it_had_begun_waits_again(
    ledger, inventory, calendar, timed
):
    calendar.put_freeze(frozen(-HOUR, HOUR))
    job = submit(ledger, inventory, create()).job
    ledger.cancel(job.id)

    again = ledger.retry(job.id)

    assert again.status is JobStatus.QUEUED
    assert again.held_since
    calendar.remove_freeze("sale")
    timed.tick()
    assert ledger.job(job.id).status is JobStatus.RUNNING


def test_a_freeze_of_after_it_was_queued_keeps_back_one_whose_turn_comes(
    ledger, inventory, calendar, timed
):
    add(ledger, "j1")
    add(ledger, "j2")
    assert ledger.job("j2").position == 1
    calendar.put_freeze(frozen(-HOUR, HOUR))

    run(ledger, 0)
    run(ledger, 1)
    timed.tick()

    held = ledger.job("j2")
    assert (held.status, held.position) == (JobStatus.QUEUED, 0)
    assert held.opens == pytest.approx((NOW + HOUR).timestamp(), abs=1)


def test_one_whose_window_closes_before_its_turn_waits_for_the_next(ledger, inventory, timed):
    add(ledger, "j1")
    add(ledger, "j2", opens="1", closes="2", calendar=0)

    run(ledger, 0)
    run(ledger, 1)

    assert ledger.job("j2").held_since
    timed.tick()
    assert ledger.job("j2").status is JobStatus.RUNNING, "there is no window any more"


def test_a_job_that_has_begun_goes_on_in_a_freeze(ledger, inventory, calendar):
    add(ledger)
    run(ledger, 0)
    fail(ledger, 1)
    calendar.put_freeze(frozen(-HOUR, HOUR))

    assert ledger.retry("j1").status is JobStatus.RUNNING


def test_an_undo_is_not_kept_back(ledger, inventory, calendar):
    add(ledger)
    run(ledger, 0)
    fail(ledger, 1)
    calendar.put_freeze(frozen(-HOUR, HOUR))

    assert ledger.rollback("j1").status is JobStatus.ROLLING_BACK


def test_an_approved_job_waits_for_its_window_after_the_approval(
    ledger, inventory, calendar, timed
):
    job = submit(ledger, inventory, create(approve_within=1)).job
    calendar.put_freeze(frozen(-HOUR, HOUR))

    approved = ledger.approve(job.id)
    timed.tick()

    assert approved.status is JobStatus.QUEUED
    assert ledger.job(job.id).opens == pytest.approx((NOW + HOUR).timestamp(), abs=1)


def test_what_only_looks_is_not_kept_back(ledger, inventory, calendar):
    add(ledger)
    run(ledger, 0)
    run(ledger, 1)
    calendar.put_freeze(frozen(-HOUR, HOUR))

    add(ledger, "j2", lock="none", kind="verify", hosts=(), founds="")

    assert ledger.job("j2").status is JobStatus.RUNNING


def test_kinds_that_a_freeze_spares_begin(ledger, inventory, calendar):
    calendar.put_freeze(frozen(-HOUR, HOUR, kinds_except=frozenset({"create-cluster"})))

    assert submit(ledger, inventory, create()).job.status is JobStatus.RUNNING


def test_windows_of_other_clusters_and_environments_keep_nothing_back(ledger, inventory, calendar):
    calendar.put_freeze(Freeze("f", Reach("shop-*"), NOW - HOUR, NOW + HOUR))

    assert submit(ledger, inventory, create()).job.status is JobStatus.RUNNING


def test_an_admin_has_a_job_begin_all_the_same_and_nobody_else_does(ledger, inventory, calendar):
    calendar.put_freeze(frozen(-HOUR, HOUR))
    change = create(accept=frozenset({CLUSTER_FROZEN}))

    with pytest.raises(Forbidden, match="admin"):
        submit(ledger, inventory, change, by=PLANNER)

    assert submit(ledger, inventory, change, by=ADMIN).job.status is JobStatus.RUNNING


def test_a_freeze_that_is_stored_while_a_change_is_planned_is_not_missed(
    ledger, inventory, calendar, monkeypatch
):
    from workflows import submit as module

    asked = module.calendar_for

    def and_then_frozen(*args):
        found = asked(*args)
        calendar.put_freeze(frozen(-HOUR, HOUR))
        return found

    monkeypatch.setattr(module, "calendar_for", and_then_frozen)

    job = submit(ledger, inventory, create()).job
    assert job.held_since
    assert "cluster-frozen" in {finding["code"] for finding in job.findings}


def test_writing_what_is_stored_already_changes_no_revision(calendar):
    window = closed_now()

    assert calendar.put_window(window)
    assert not calendar.put_window(window)
    assert calendar.load().revision == 1
    assert calendar.load().windows == (window,)


def test_windows_of_the_whole_day_keep_nothing_back(ledger, inventory, calendar):
    hours = Hours(frozenset(DAYS), time(0), time(0), ZoneInfo("UTC"))
    calendar.put_window(Window("always", Reach(), hours))

    assert submit(ledger, inventory, create()).job.status is JobStatus.RUNNING
