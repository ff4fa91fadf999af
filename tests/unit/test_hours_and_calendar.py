"""When windows begin and end, also where clocks are moved, and when jobs may begin."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster.spec import Environment
from workflows.hours import DAYS, Hours
from workflows.windows.calendar import (
    CLUSTER_FROZEN,
    OUTSIDE_WINDOW,
    Calendar,
    Freeze,
    Reach,
    Window,
    opening,
)

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Hours(frozenset({"tue"}), time(22), time(2), BERLIN)
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)  # a Tuesday


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(hours=NIGHT, name="nightly", reach=None):
    return Window(name, reach or Reach(), hours)


def freeze(begin, end, **more):
    return Freeze("sale", Reach(), utc(begin), utc(end), "a sale", **more)


def daily(begin, end):
    return Hours(frozenset(DAYS), time.fromisoformat(begin), time.fromisoformat(end), BERLIN)


def test_without_windows_and_freezes_a_change_begins_at_once():
    found = opening(Calendar(), NOW)

    assert (found.is_now, found.opens, found.closes) == (True, NOW, None)


def test_outside_of_its_window_a_change_waits_for_the_next_and_knows_when_that_closes():
    found = opening(Calendar(1, (window(),)), NOW)

    assert not found.is_now
    assert found.opens == utc("2026-03-03T21:00")
    assert found.closes == utc("2026-03-04T01:00")


def test_several_windows_add_up():
    early = window(Hours(frozenset({"tue"}), time(14), time(15), BERLIN), "early")

    assert opening(Calendar(1, (window(), early)), NOW).opens == utc("2026-03-03T13:00")


def test_a_freeze_keeps_back_also_what_lies_in_a_window_and_the_next_window_is_waited_for():
    sale = freeze("2026-03-03T20:00", "2026-03-05T00:00")

    found = opening(Calendar(1, (window(),), (sale,)), utc("2026-03-03T22:00"))

    assert found.held_by == (sale,)
    assert found.opens == utc("2026-03-10T21:00")


def test_an_opening_ends_where_a_freeze_begins():
    sale = freeze("2026-03-03T23:00", "2026-03-05T00:00")

    found = opening(Calendar(1, (window(),), (sale,)), utc("2026-03-03T22:00"))

    assert (found.is_now, found.closes) == (True, utc("2026-03-03T23:00"))


def test_what_is_accepted_holds_back_no_more():
    calendar = Calendar(1, (window(),), (freeze("2026-03-01T00:00", "2026-04-01T00:00"),))

    assert not opening(calendar.without(frozenset({OUTSIDE_WINDOW})), NOW).is_now
    assert not opening(calendar.without(frozenset({CLUSTER_FROZEN})), NOW).is_now
    assert opening(calendar.without(frozenset({OUTSIDE_WINDOW, CLUSTER_FROZEN})), NOW).is_now


def test_windows_and_freezes_are_of_clusters_by_name_and_environment_and_spare_some_kinds():
    prod = Reach("shop-*", frozenset({Environment.PROD}))
    sale = freeze("2026-03-01T00:00", "2026-04-01T00:00", kinds_except=frozenset({"maintain"}))
    calendar = Calendar(1, (window(reach=prod),), (sale,))

    assert calendar.of("shop-a", Environment.PROD, "upgrade") == calendar
    assert calendar.of("shop-a", Environment.DEV, "upgrade").windows == ()
    assert calendar.of("blog", Environment.PROD, "maintain") == Calendar(1)


def test_a_window_that_begins_at_a_time_that_does_not_come_begins_when_the_clocks_are_put_forward():
    skipped = daily("02:30", "04:00")

    assert skipped.next_change(utc("2026-03-29T00:00")) == utc("2026-03-29T01:00")
    assert skipped.next_change(utc("2026-03-29T01:00")) == utc("2026-03-29T02:00")


def test_a_window_within_the_hour_that_comes_twice_comes_twice():
    twice = daily("02:15", "02:45")
    edges, at = [], utc("2026-10-25T00:00")
    for _ in range(4):
        at = twice.next_change(at)
        edges.append(f"{at:%H:%M}")

    assert edges == ["00:15", "00:45", "01:15", "01:45"]


def test_hours_that_are_the_whole_week_never_change():
    whole = Hours(frozenset(DAYS), time(0), time(0), BERLIN)

    assert whole.contains(NOW)
    assert whole.next_change(NOW) is None


clocks = st.times(min_value=time(0), max_value=time(23, 59)).map(
    lambda each: each.replace(minute=each.minute // 15 * 15, second=0, microsecond=0)
)
some_hours = st.builds(
    Hours,
    st.frozensets(st.sampled_from(DAYS), min_size=1),
    clocks,
    clocks,
    st.sampled_from([BERLIN, ZoneInfo("UTC"), ZoneInfo("America/New_York")]),
)
moments = st.sampled_from(
    [
        utc("2026-03-26T10:05"),
        utc("2026-10-23T10:05"),
        utc("2026-03-07T01:00"),
        utc("2026-06-01T00:00"),
    ]
)


@settings(max_examples=60, deadline=None)
@given(some_hours, moments)
def test_the_next_change_is_the_first_quarter_of_an_hour_in_which_hours_are_otherwise(hours, at):
    found = hours.next_change(at)

    quarter, minutes = timedelta(minutes=15), at.minute % 15
    looked = at - timedelta(minutes=minutes) + quarter
    for _ in range(8 * 96):
        if hours.contains(looked) is not hours.contains(at):
            break
        looked += quarter
    else:
        looked = None
    assert found == looked


@settings(max_examples=60, deadline=None)
@given(st.lists(some_hours, max_size=3), st.integers(0, 72), st.integers(1, 72), moments)
def test_an_opening_is_the_first_moment_that_is_in_a_window_and_in_no_freeze(
    hours, start, long, at
):
    sale = Freeze(
        "f", Reach(), at + timedelta(hours=start), at + timedelta(hours=start + long), "sale"
    )
    calendar = Calendar(1, tuple(map(window, hours)), (sale,))

    def is_open(moment):
        inside = not hours or any(each.contains(moment) for each in hours)
        return inside and not sale.contains(moment)

    found = opening(calendar, at)

    assert found.is_now is is_open(at)
    if found.opens is None:
        pytest.fail("a window comes every week")
    assert is_open(found.opens)
    before = found.opens - timedelta(minutes=5)
    assert before < at or not is_open(before)
    if found.closes:
        assert is_open(found.closes - timedelta(minutes=1))


def test_what_is_stored_is_read_as_it_was():
    sale = freeze("2026-03-01T00:00", "2026-04-01T00:00", kinds_except=frozenset({"maintain"}))

    assert Window.from_dict(window().as_dict()) == window()
    assert Freeze.from_dict(sale.as_dict()) == sale
