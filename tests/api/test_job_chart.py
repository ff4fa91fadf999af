"""Bars, ticks and breaks of a job over time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from job_records import EventLog, job, step

from api.page.gantt import MOST_TICKS, Axis, Bar, Tick, axis_of, gantt, tick_text
from api.page.job_history import Span, history_of
from workflows.states import JobStatus, StepStatus

SPELLS = st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e5)), min_size=1, max_size=5).map(
    lambda rows: _in_order(rows)
)


def _in_order(rows):
    spells, end = [], 0.0
    for pause, lasts in rows:
        spells.append(Span(end + pause, end + pause + lasts))
        end += pause + lasts
    return tuple(spells)


def finished(log, *steps):
    return gantt(job(*steps, status=JobStatus.FAILED), history_of(log.events), now=1e9)


def test_attempts_and_the_wait_between_them_stand_one_after_the_other():
    log = EventLog().job("started", 100, "running")
    log.add("step.started", 100, 0, attempt=1).add("step.retried", 120, 0, message="cannot: busy")
    log.add("step.started", 170, 0, attempt=2).add("step.failed", 200, 0, message="cannot: no")
    log.job("failed", 200, "failed")

    chart = finished(log, step(0, "n1", status=StepStatus.FAILED, attempt=2))

    assert chart.steps[0].bars == (
        Bar(0, 20, "retrying", "Attempt 1: retrying, 20 s"),
        Bar(20, 50, "waiting", "Waited 50 s for the next attempt"),
        Bar(70, 30, "failed", "Attempt 2: failed, 30 s"),
    )
    assert [bar.is_bad for bar in chart.steps[0].bars] == [True, False, True]


def test_the_night_before_a_retry_is_left_out_and_marked():
    log = EventLog().job("started", 0, "running").add("step.started", 0, 0, attempt=1)
    log.add("step.failed", 30, 0, message="no").job("failed", 30, "failed")
    log.job("retry-requested", 36030, "queued").job("started", 36030, "running")
    log.add("step.started", 36030, 0, attempt=2).add("step.succeeded", 36060, 0)
    log.job("succeeded", 36060, "succeeded")

    chart = finished(log, step(0, "n1", status=StepStatus.DONE, attempt=2))

    assert [(bar.left, bar.width) for bar in chart.steps[0].bars] == [(0, 50), (50, 50)]
    assert chart.axis.length == 60
    assert chart.axis.breaks == (Tick(50, "10 h 0 min"),)


def test_a_running_job_leaves_room_and_its_bars_grow_into_it():
    log = EventLog().job("started", 0, "running").add("step.started", 0, 0, attempt=1)
    running = step(0, "n1", status=StepStatus.RUNNING, attempt=1)

    chart = gantt(job(running), history_of(log.events), now=57)

    (bar,) = chart.steps[0].bars
    assert chart.axis.length == 60
    assert (bar.look, bar.left, bar.width) == ("running", 0, 95)
    assert bar.grows == pytest.approx(100 / 60, abs=1e-4)


def test_hosts_are_drawn_on_the_axis_of_their_step():
    log = EventLog().job("started", 0, "running").add("step.started", 0, 0, attempt=1)
    log.add("step.succeeded", 596, 0).add("step.started", 596, 1, attempt=1)
    log.host("running", 597, 1, "n2").host("done", 599, 1, "n2").add("step.succeeded", 600, 1)
    log.job("succeeded", 600, "succeeded")

    chart = finished(log, step(0, "n1"), step(1, "n2"))

    assert chart.steps[1].axis.length == 4
    (track,) = chart.steps[1].hosts
    assert track.bars == (Bar(25, 50, "done", "n2, attempt 1: done, 2.0 s"),)
    assert track.says == "n2, attempt 1: done, 2.0 s"


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        ("undo-succeeded", "done"),
        ("undo-not-needed", "not-needed"),
        ("undo-skipped", "skipped"),
    ],
)
def test_an_undo_is_drawn_as_one_and_never_as_done_where_nothing_was_undone(event, outcome):
    log = EventLog().job("rollback-started", 0, "rolling-back")
    log.add("step.undo-started", 0, 0, attempt=2).add(f"step.{event}", 2, 0)
    log.job("rolled-back", 2, "rolled-back")

    (bar,) = finished(log, step(0, "n1")).steps[0].bars

    assert (bar.look, bar.text) == (f"undo {outcome}", f"Undo, attempt 2: {outcome}, 2.0 s")


def test_a_job_that_waits_in_the_queue_has_no_chart():
    log = EventLog().job("accepted", 0, "queued")

    chart = gantt(job(step(0, "n1")), history_of(log.events), now=10)

    assert chart.axis is None
    assert chart.steps[0].bars == ()


def test_what_took_no_time_can_still_be_seen():
    log = EventLog().job("started", 0, "running").add("step.started", 0, 0, attempt=1)
    log.add("step.succeeded", 100, 0).add("step.started", 100, 1, attempt=1)
    log.add("step.succeeded", 100, 1).job("succeeded", 100, "succeeded")

    (bar,) = finished(log, step(0, "n1"), step(1, "n1")).steps[1].bars

    assert (bar.left, bar.width) == (99.5, 0.5)


@given(SPELLS, st.lists(st.floats(0, 2e6), min_size=2, max_size=6))
def test_later_is_never_further_left_and_nothing_leaves_the_chart(spells, moments):
    axis = axis_of(spells, now=3e6)

    places = [axis.percent(moment) for moment in sorted(moments)]

    assert places == sorted(places)
    assert all(0 <= place <= 100 for place in places)


@given(st.floats(0.001, 1e7))
def test_an_axis_of_any_length_has_a_few_ticks_from_its_beginning_on(length):
    ticks = Axis((Span(0, length),), now=length, length=length).ticks

    assert ticks[0].at == 0
    assert len(ticks) <= MOST_TICKS + 1
    assert all(0 <= tick.at <= 100 for tick in ticks)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.2, "0.2 s"), (2, "2 s"), (60, "1 min"), (90, "1 min 30 s"), (7200, "2 h")],
)
def test_a_tick_leaves_out_what_is_zero(seconds, text):
    assert tick_text(seconds) == text
