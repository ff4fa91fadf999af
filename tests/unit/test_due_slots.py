"""Which slot of a schedule is due, and when the next is, also where clocks are moved."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.schedules.cron import MOST_COUNTED, BadExpression, Once, cron, due_slot

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600.0


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def slots(expression, start, count):
    times, at, found = cron(expression, BERLIN), utc(start), []
    for _ in range(count):
        at = times.after(at)
        found.append(f"{at:%d %H:%M}")
    return found


def test_a_time_of_day_is_the_one_that_clocks_of_the_place_show():
    assert slots("30 2 * * *", "2026-01-10T00:00", 1) == ["10 01:30"]
    assert slots("30 2 * * *", "2026-07-10T00:00", 1) == ["10 00:30"]


def test_a_time_that_does_not_come_is_taken_at_the_first_moment_after_it():
    assert slots("30 2 * * *", "2026-03-28T12:00", 2) == ["29 01:00", "30 00:30"]


def test_a_time_that_comes_twice_is_taken_once_the_first_time():
    assert slots("30 2 * * *", "2026-10-24T12:00", 2) == ["25 00:30", "26 01:30"]


def test_every_hour_takes_the_hour_that_comes_twice_twice():
    assert slots("0 * * * *", "2026-10-24T23:30", 4) == [
        "25 00:00",
        "25 01:00",
        "25 02:00",
        "25 03:00",
    ]


def test_backwards_the_slots_are_the_same_over_both_changes_of_clocks():
    for start, end in (
        ("2026-03-27T00:00", "2026-03-31T00:00"),
        ("2026-10-23T00:00", "2026-10-27T00:00"),
    ):
        times, at, forward = cron("30 2 * * *", BERLIN), utc(start), []
        while (at := times.after(at)) <= utc(end):
            forward.append(at)

        backward = list(islice(times.back_from(utc(end)), len(forward)))

        assert backward == forward[::-1]


@pytest.mark.parametrize(
    "text", ["", "* * * *", "0 0 2 * * *", "61 * * * *", "x * * * *", "0 0 31 2 *"]
)
def test_an_expression_that_makes_no_sense_is_refused(text):
    with pytest.raises(BadExpression, match="cannot use"):
        cron(text, BERLIN)


def test_a_slot_that_has_come_is_due_and_is_not_due_again():
    times, last, now = cron("0 * * * *", BERLIN), utc("2026-05-01T10:00"), utc("2026-05-01T11:00")

    due = due_slot(times, last, now, HOUR)

    assert (due.slot, due.missed, due.last) == (now, 0, now)
    assert due.next == utc("2026-05-01T12:00")
    assert due_slot(times, due.last, now, HOUR).slot is None


def test_of_slots_that_were_missed_the_latest_runs_unless_it_is_too_old():
    times, last = cron("0 * * * *", BERLIN), utc("2026-05-01T10:00")

    due = due_slot(times, last, utc("2026-05-01T14:20"), HOUR)
    assert (due.slot, due.missed) == (utc("2026-05-01T14:00"), 3)

    late = due_slot(times, last, utc("2026-05-01T14:20"), 600)
    assert (late.slot, late.missed, late.last) == (None, 4, utc("2026-05-01T14:00"))


def test_a_time_that_is_set_once_comes_once():
    at = utc("2026-05-01T10:00")

    assert due_slot(Once(at), utc("2026-04-01T00:00"), at - timedelta(seconds=1), HOUR).slot is None
    due = due_slot(Once(at), utc("2026-04-01T00:00"), at + timedelta(minutes=1), HOUR)
    assert (due.slot, due.next) == (at, None)
    assert due_slot(Once(at), at, at + timedelta(minutes=1), HOUR).slot is None


def test_what_was_missed_in_a_year_is_counted_within_bounds():
    times, last = cron("* * * * *", BERLIN), utc("2025-05-01T10:00")

    assert due_slot(times, last, utc("2026-05-01T10:00"), HOUR).missed == MOST_COUNTED


expressions = st.sampled_from(
    ["*/7 * * * *", "30 2 * * *", "0 3 * * sun", "15 1,2,3 * * *", "0 0 1 * *", "5 */2 * * mon-fri"]
)
starts = st.sampled_from(
    [utc("2026-03-28T20:00"), utc("2026-10-24T20:00"), utc("2026-06-15T08:30")]
)


@settings(max_examples=80, deadline=None)
@given(expressions, starts, st.integers(1, 20_000), st.integers(0, 10_000), st.integers(0, 7200))
def test_looking_once_or_often_every_slot_is_run_or_missed_once(text, start, seconds, split, late):
    times, end = cron(text, BERLIN), start + timedelta(seconds=seconds)
    middle = start + timedelta(seconds=min(split, seconds))

    at, expected = start, 0
    while (at := times.after(at)) <= end:
        expected += 1
    first = due_slot(times, start, middle, late)
    second = due_slot(times, first.last, end, late)

    taken = [due.slot for due in (first, second) if due.slot]
    assert len(taken) + first.missed + second.missed == expected
    assert all(
        (moment - slot).total_seconds() <= late
        for due, moment in ((first, middle), (second, end))
        if (slot := due.slot)
    )
    assert second.next > end
