"""Schedules, windows and freezes on the pages of clusters, of jobs, and on the first one."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from demo_data import seed

from cluster.spec import Environment
from workflows.hours import DAYS, Hours
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.plan import Change
from workflows.schedules.cron import Once, cron
from workflows.schedules.schedule import Schedule
from workflows.schedules.store import ScheduleStore
from workflows.submit import submit
from workflows.windows.calendar import Freeze, Reach, Window
from workflows.windows.store import CalendarStore

NOW = datetime.now(UTC)
YEAR = timedelta(days=365)


@pytest.fixture
def shown(member):
    def shown(path):
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", member.get(path).text))

    return shown


@pytest.fixture
def calendar(redis):
    seed(redis)
    return CalendarStore(redis)


def test_a_cluster_without_any_says_nothing_of_them(shown, calendar):
    assert "Schedules, windows and freezes" not in shown("/clusters/shop")
    assert "Next by schedule" not in shown("/")


def test_a_clusters_page_tells_its_schedules_windows_and_freezes(shown, calendar, redis):
    hours = Hours(frozenset(DAYS), time(0), time(0), ZoneInfo("UTC"))
    calendar.put_window(Window("always", Reach("shop"), hours))
    calendar.put_window(Window("others", Reach("edge"), hours))
    prod = Reach("*", frozenset({Environment.PROD}))
    calendar.put_freeze(Freeze("sale", prod, NOW - YEAR, NOW + YEAR, "the sale"))
    calendar.put_freeze(Freeze("over", prod, NOW - 2 * YEAR, NOW - YEAR, "long ago"))
    look = Schedule("look", Change("shop", "verify", {}), cron("0 6 * * *", ZoneInfo("UTC")))
    ScheduleStore(redis).put(look, "t1", NOW)

    text = shown("/clusters/shop")

    assert "sale freeze the sale" in text
    assert "in force" in text
    assert "always window jobs may begin" in text
    assert "look schedule verify 0 6 * * * UTC; next 20" in text
    assert "long ago" not in text
    assert "others" not in text


def test_the_first_page_tells_what_is_next_by_schedule(shown, calendar, redis):
    at = datetime(2036, 12, 1, 4, tzinfo=UTC)
    for name in ("a", "b", "c", "d"):
        one = Schedule(name, Change("shop", "verify", {}), Once(at))
        ScheduleStore(redis).put(one, "t1", NOW)

    text = shown("/")

    assert "Next by schedule 2036-12-01 04:00 UTC: verify of shop (a)" in text
    assert text.count("verify of shop") == 3


def test_a_jobs_page_says_for_what_it_waits_and_until_when(shown, calendar, redis):
    calendar.put_freeze(Freeze("sale", Reach(), NOW - YEAR, NOW + YEAR, "the sale"))
    change = Change("shop", "refresh-certs", {"within_days": 30, "all": True})
    job = submit(Ledger(redis), Inventory(redis), change).job

    text = shown(f"/jobs/{job.id}")

    assert "Waits for its maintenance window, or for the end of a freeze" in text
    assert "freeze sale until" in text
    assert "It keeps its hosts meanwhile" in text
