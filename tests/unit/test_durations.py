"""How long a plan takes by its past runs: the arithmetic, the words, and what the ledger notes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_records import add, claim, fail

from cluster.drawing.estimates import in_short, in_words, left_in_words, rough
from cluster.spec import Host
from workflows.durations import Estimate, PlanEstimate, estimate, left, size_of
from workflows.inventory import Inventory
from workflows.ledger.claims import Wait
from workflows.ledger.ledger import Ledger
from workflows.past_durations import estimated, with_durations

SECONDS = st.lists(st.floats(0, 1e6), min_size=1, max_size=60)
KEY = "cw:durations:step_0:2-3"


@pytest.fixture
def ledger(redis):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", "ssh-ed25519 " + "A" * 68))
    return Ledger(redis)


def done(ledger, index=0, *, hosts=3, **more):
    lease, answer = claim(ledger, index, **more)
    assert answer == "run"
    assert ledger.done(lease, {}, hosts=hosts)


def step(name="step_0", hosts=3):
    return {"name": name, "hosts": [f"n{number}" for number in range(hosts)]}


@given(SECONDS)
def test_half_of_the_runs_are_over_by_the_one_value_and_nine_of_ten_by_the_other(seconds):
    found = estimate(seconds)

    for bound, share in ((found.p50, 0.5), (found.p90, 0.9)):
        assert bound in seconds
        assert sum(second <= bound for second in seconds) >= share * len(seconds)
        assert sum(second < bound for second in seconds) < share * len(seconds)
    assert found.p50 <= found.p90
    assert found.runs == len(seconds)


@given(st.lists(st.none() | SECONDS, max_size=12))
def test_the_whole_is_the_sum_of_the_steps_that_have_run_and_counts_the_others(rows):
    steps = tuple(estimate(seconds or ()) for seconds in rows)
    whole, known = PlanEstimate(steps).whole, [found for found in steps if found]

    assert PlanEstimate(steps).without == rows.count(None)
    assert (whole is None) == (not known)
    if whole:
        assert whole.p50 == pytest.approx(sum(found.p50 for found in known))
        assert max(found.p90 for found in known) <= whole.p90
        assert whole.runs == min(found.runs for found in known)


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_steps_of_about_as_many_hosts_are_compared(one, other):
    sizes = ["1", "2-3", "4-10", "more"]
    low, high = sorted((one, other))

    assert sizes.index(size_of(low)) <= sizes.index(size_of(high))
    assert [size_of(hosts) for hosts in (1, 2, 3, 4, 10, 11)] == [
        *("1", "2-3", "2-3", "4-10", "4-10", "more")
    ]


@given(st.floats(0, 1e7))
def test_words_are_as_exact_as_an_estimate_is(seconds):
    words = rough(seconds).split()
    units = {"s": 1, "min": 60, "h": 3600}
    told = sum(int(words[at]) * units[words[at + 1]] for at in range(0, len(words), 2))

    assert abs(told - seconds) <= (1 if seconds < 60 else 30)


def test_an_estimate_says_on_what_it_rests_and_what_it_leaves_out():
    whole = {"p50": 240.0, "p90": 540.0, "runs": 12, "without": 1}

    assert in_words(whole) == (
        "it takes about 4 min, 9 min at most in nine of ten, by at least 12 past runs of each "
        "step; 1 step without a past run not counted"
    )
    assert in_words(whole | {"p90": 240.0, "runs": 1, "without": 0}) == (
        "it takes about 4 min, by 1 past run of each step"
    )
    assert "not known" in in_words({"p50": None, "p90": None, "runs": 0, "without": 2})
    assert in_short(Estimate(61.0, 61.0, 1).as_dict()) == "about 1 min"


def test_a_step_that_is_done_is_an_estimate_for_the_next_one_of_about_as_many_hosts(ledger, redis):
    add(ledger)
    done(ledger)
    redis.lset(KEY, 0, 4000)

    told = with_durations(redis, {"steps": [step(), step(hosts=1), step("step_1")]})

    first = {"p50": 4.0, "p90": 4.0, "runs": 1, "said": "about 4 s"}
    assert [row["durations"] for row in told["steps"]] == [first, None, None]
    assert (told["durations"]["p50"], told["durations"]["without"]) == (4.0, 2)


def test_however_many_runs_there_were_the_last_fifty_are_kept(ledger, redis):
    redis.rpush(KEY, *range(100, 200))
    add(ledger)
    done(ledger)

    kept = redis.lrange(KEY, 0, -1)

    assert len(kept) == 50
    assert kept[1] == "100"


def test_an_attempt_that_is_repeated_by_itself_is_part_of_how_long_the_step_takes(ledger, redis):
    add(ledger)
    fail(ledger, 0, delay=0)
    redis.hincrby("cw:job:j1:step:0", "started", -60_000)
    redis.hincrby("cw:job:j1", "running_since", -60_000)
    done(ledger)

    assert 60 <= estimated(redis, [step()]).whole.p50 < 120


def test_a_step_that_rested_for_a_person_says_nothing_of_the_next(ledger, redis):
    add(ledger)
    fail(ledger, 0)
    redis.hincrby("cw:job:j1:step:0", "started", -60_000)
    ledger.retry("j1")
    done(ledger, epoch=ledger.job("j1").epoch)
    done(ledger, 1, epoch=ledger.job("j1").epoch)

    assert not redis.exists(KEY)
    assert redis.exists("cw:durations:step_1:2-3")


def test_a_step_that_asked_a_person_says_nothing_of_the_next(ledger, redis):
    add(ledger)
    lease, _ = claim(ledger, 0)
    ledger.deferred(lease, Wait("n1 has no disk", None, "plug it in"), 600)
    redis.hincrby("cw:job:j1:step:0", "started", -60_000)
    ledger.retry("j1")
    done(ledger, epoch=ledger.job("j1").epoch)

    assert not redis.exists(KEY)


def test_an_undo_says_nothing_of_how_long_the_step_takes(ledger, redis):
    add(ledger)
    fail(ledger, 0)
    ledger.rollback("j1")
    lease, answer = claim(ledger, 0, epoch=ledger.job("j1").epoch)

    assert answer == "undo"
    assert ledger.done(lease, {}, hosts=3)
    assert not redis.keys("cw:durations:*")


@given(st.lists(st.tuples(SECONDS, st.none() | st.floats(0, 1e6)), max_size=8))
def test_the_rest_of_a_plan_is_what_its_steps_have_not_yet_had_and_never_less_than_nothing(rows):
    plan = PlanEstimate(tuple(estimate(seconds) for seconds, _ in rows))
    spent = [been for _, been in rows]

    rest = left(plan, spent)

    assert len(rest.steps) == len(rows) - spent.count(None)
    assert all(0 <= step.p50 <= step.p90 for step in rest.steps)
    if rest.whole:
        assert rest.whole.p90 <= plan.whole.p90 + 1e-6
    assert left(plan, [0.0] * len(rows)) == plan


def test_a_job_that_takes_longer_than_its_past_runs_says_so():
    whole = {"p50": 120.0, "p90": 300.0, "runs": 3, "without": 0}

    assert left_in_words(whole) == "about 2 min more, 5 min at most in nine of ten"
    assert left_in_words(whole | {"without": 2}).endswith(
        "; 2 steps without a past run not counted"
    )
    assert "longer by now than half" in left_in_words(whole | {"p50": 0.0})
    assert "longer by now than nine of ten" in left_in_words(whole | {"p50": 0.0, "p90": 0.0})
    assert left_in_words(whole | {"runs": 0}) == ""
