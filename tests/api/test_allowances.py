"""Portions of a limit: what a process takes from Redis and gives out, and how limits are set."""

import threading
from dataclasses import replace

import pytest

from api.http.allowances import Allowances
from workflows.process.limit_settings import NO_LIMITS, BadLimits, Limit, Limits, limits_from_env
from workflows.process.settings import BadSetting, Settings


class Counting:
    """A Redis client that counts what it is asked."""

    def __init__(self, client):
        self.client, self.asked = client, 0

    def pipeline(self, **options):
        self.asked += 1
        return self.client.pipeline(**options)


def test_a_hundredth_of_the_requests_asks_redis_and_a_refused_one_never_does(redis):
    counting = Counting(redis)
    allowances, limit = Allowances(counting), Limit(6000, 60)

    left = [allowances.ask("read:a", limit).remaining for _ in range(7000)]

    assert left == [*range(5999, -1, -1), *[-1] * 1000]
    assert counting.asked == 100


def test_many_at_once_in_two_processes_get_no_more_than_the_limit(redis):
    processes, limit = [Allowances(redis), Allowances(redis)], Limit(1000, 60)
    taken = []

    def ask(process):
        for _ in range(150):
            taken.append(process.ask("read:a", limit).remaining >= 0)

    threads = [threading.Thread(target=ask, args=(process,)) for process in processes * 5]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(taken) <= 1000
    assert sum(taken) >= 1000 - 2 * limit.portion


def test_the_next_window_begins_anew_and_redis_forgets_the_last(redis):
    now = [1_800_000_059.0]
    allowances, limit = Allowances(redis, lambda: now[0]), Limit(2, 60)
    assert [allowances.ask("read:a", limit).remaining for _ in range(3)] == [1, 0, -1]

    now[0] += 1.0

    assert allowances.ask("read:a", limit).remaining == 1
    assert all(0 < redis.ttl(key) <= 120 for key in redis.keys("cw:asked:*"))


def test_whom_a_process_remembers_is_bounded(redis, monkeypatch):
    monkeypatch.setattr("api.http.allowances.MOST_KNOWN", 10)
    allowances = Allowances(None)

    for number in range(1000):
        assert allowances.ask(f"unknown:{number}", Limit(2, 60)).remaining >= 0

    assert len(allowances._windows) <= 11


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("", Limits()),
        ("off", NO_LIMITS),
        ("read=1200/minute", replace(Limits(), read=Limit(1200, 60))),
        ("read=20/second, hook=off", replace(Limits(), read=Limit(20, 1), hook=None)),
        (
            "unknown=9/hour,change=1/minute",
            replace(Limits(), unknown=Limit(9, 3600), change=Limit(1, 60)),
        ),
    ],
)
def test_limits_are_set_one_by_one_and_the_others_stay(monkeypatch, text, limits):
    monkeypatch.setenv("CLUSTERWRIGHT_LIMITS", text)

    assert limits_from_env() == limits
    assert Settings.from_env().limits == limits


@pytest.mark.parametrize(
    "text", ["read", "read=0/minute", "read=5/day", "reads=5/minute", "read=-1/minute", "5/minute"]
)
def test_a_limit_that_means_nothing_is_refused_at_the_start(monkeypatch, text):
    monkeypatch.setenv("CLUSTERWRIGHT_LIMITS", text)

    with pytest.raises(BadLimits, match="read=1200/minute, with commas between"):
        limits_from_env()
    with pytest.raises(BadSetting, match="cannot use CLUSTERWRIGHT_LIMITS"):
        Settings.from_env()
