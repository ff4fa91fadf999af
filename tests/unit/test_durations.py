"""How long a plan takes by its past runs: the arithmetic, the words, and what the ledger notes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_records import add, claim, fail

from cluster.spec import Host
from clusterwright.estimates import in_short, in_words, rough
from workflows.duration_draws import Past, Run, drawn, jobs_drawn
from workflows.durations import PlanEstimate, chosen, estimate, size_of
from workflows.inventory import Inventory
from workflows.ledger.claims import Wait
from workflows.ledger.ledger import Ledger
from workflows.past_durations import past_runs, with_durations

SECONDS = st.floats(0, 1e6)
JOBS = st.sampled_from(["", *(f"job-{number}" for number in range(8))])
PASTS = st.lists(st.builds(Run, SECONDS, JOBS), min_size=1, max_size=50).map(
    lambda runs: Past(tuple(runs))
)
KEY, OWN = "cw:durations:step_0:2-3", "cw:durations-of:prod"


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


def plan(*steps, cluster="prod"):
    return {"cluster": cluster, "steps": steps}


def past(*seconds, job=""):
    """Return past runs; with ``job`` the first of them belong to the same jobs in every step."""
    return Past(tuple(Run(each, job and f"{job}{at}") for at, each in enumerate(seconds)))


@given(PASTS)
def test_half_of_the_runs_are_over_by_the_one_value_and_nine_of_ten_by_the_other(past):
    found, seconds = estimate(past), [run.seconds for run in past.runs]

    for bound, share in ((found.p50, 0.5), (found.p90, 0.9)):
        assert bound in seconds
        assert sum(second <= bound for second in seconds) >= share * len(seconds)
        assert sum(second < bound for second in seconds) < share * len(seconds)
    assert found.p50 <= found.p90
    assert found.runs == len(seconds)


@given(st.lists(st.none() | PASTS, max_size=8))
def test_the_whole_lies_between_all_steps_at_their_quickest_and_all_at_their_slowest(rows):
    found = PlanEstimate.of(rows)
    known = [[run.seconds for run in row.runs] for row in rows if row]

    assert found.without == rows.count(None)
    assert (found.whole is None) == (not known)
    if found.whole:
        quickest, slowest = sum(map(min, known)), sum(map(max, known))
        assert quickest <= found.whole.p50 <= found.whole.p90 <= slowest
        assert found.whole.runs == min(map(len, known))
    assert PlanEstimate.of(rows) == found


@given(PASTS)
def test_a_plan_of_one_step_takes_as_long_as_that_step(past):
    found = PlanEstimate.of([past, None])

    assert found.whole == found.steps[0]


def test_steps_that_were_slow_in_the_same_job_are_slow_together_in_the_whole():
    runs = [10.0] * 6 + [100.0] * 4

    together = PlanEstimate.of([past(*runs, job="j")] * 5).whole

    assert (together.p50, together.p90) == (50.0, 500.0)


def test_steps_of_other_jobs_each_are_seldom_slow_all_together():
    runs = [10.0] * 8 + [100.0] * 2

    apart = PlanEstimate.of([past(*runs, job=str(number)) for number in range(5)]).whole

    assert 50 < apart.p90 < 500


@given(PASTS, st.data())
def test_without_the_shortest_runs_no_draw_is_less_than_with_them(past, data):
    jobs = jobs_drawn([past])
    spent = data.draw(st.sampled_from([run.seconds for run in past.runs]))
    longer = past.longer_than(spent)

    assert (longer is None) == (spent == max(run.seconds for run in past.runs))
    if longer:
        pairs = zip(drawn([past], jobs), drawn([longer], jobs), strict=True)
        assert all(earlier <= later for earlier, later in pairs)


@given(st.lists(st.builds(Run, SECONDS), max_size=9), st.lists(st.builds(Run, SECONDS), max_size=9))
def test_the_runs_on_the_cluster_itself_are_preferred_where_there_are_five(mine, of_all):
    own, others = Past(tuple(mine), is_of_cluster=True), Past(tuple(of_all))

    found = chosen(own, others)

    assert found == (own if len(mine) >= 5 else others if of_all else None)


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
    whole = {"p50": 240.0, "p90": 540.0, "runs": 12, "of": "cluster", "without": 1}

    assert in_words(whole) == (
        "it takes about 4 min, 9 min at most in nine of ten, by at least 12 past runs of each "
        "step on this cluster; 1 step without a past run not counted"
    )
    assert in_words(whole | {"p90": 240.0, "runs": 1, "of": "all", "without": 0}) == (
        "it takes about 4 min, by 1 past run of each step on any cluster"
    )
    assert in_words(whole | {"of": "both", "without": 0}).endswith(
        "of each step on this cluster, or on any where it had too few"
    )
    none = {"p50": None, "p90": None, "runs": 0, "of": None, "without": 2}
    assert "not known" in in_words(none)
    assert in_short(estimate(past(61.0)).as_dict()) == "about 1 min"


def test_a_step_that_is_done_is_an_estimate_for_the_next_one_of_about_as_many_hosts(ledger, redis):
    add(ledger)
    done(ledger)
    redis.lset(KEY, 0, "4000:j1")

    told = with_durations(redis, plan(step(), step(hosts=1), step("step_1")))

    first = {"p50": 4.0, "p90": 4.0, "runs": 1, "of": "all", "said": "about 4 s"}
    assert [row["durations"] for row in told["steps"]] == [first, None, None]
    assert (told["durations"]["p50"], told["durations"]["without"]) == (4.0, 2)


def test_a_run_that_was_noted_without_its_job_still_counts(redis):
    redis.rpush(KEY, "4000")

    assert past_runs(redis, "prod", [("step_0", 3)]) == (past(4.0),)


def test_a_cluster_that_has_had_a_step_five_times_is_told_of_its_own(ledger, redis):
    redis.rpush(KEY, *["90000:other"] * 20)
    for number in range(5):
        assert with_durations(redis, plan(step()))["durations"]["of"] == "all"
        add(ledger, f"j{number}", steps=1)
        done(ledger, job=f"j{number}")

    told = with_durations(redis, plan(step()))["durations"]

    assert (told["of"], told["runs"]) == ("cluster", 5)
    assert told["p90"] < 90
    assert with_durations(redis, plan(step(), cluster="test"))["durations"]["of"] == "all"
    assert 0 < redis.ttl(OWN) <= 366 * 86_400


def test_however_many_runs_there_were_the_last_fifty_are_kept_and_twenty_of_a_cluster(
    ledger, redis
):
    redis.rpush(KEY, *range(100, 200))
    redis.hset(OWN, "step_0:2-3", " ".join(f"{number}:j" for number in range(100, 200)))
    add(ledger)
    done(ledger)

    kept, own = redis.lrange(KEY, 0, -1), redis.hget(OWN, "step_0:2-3").split()

    assert (len(kept), len(own)) == (50, 20)
    assert kept[0] == own[0]
    assert kept[0].endswith(":j1")
    assert (kept[1], own[1]) == ("100", "100:j")


def test_an_attempt_that_is_repeated_by_itself_is_part_of_how_long_the_step_takes(ledger, redis):
    add(ledger)
    fail(ledger, 0, delay=0)
    redis.hincrby("cw:job:j1:step:0", "started", -60_000)
    redis.hincrby("cw:job:j1", "running_since", -60_000)
    done(ledger)

    (noted,) = past_runs(redis, "prod", [("step_0", 3)])
    assert 60 <= estimate(noted).p50 < 120


def test_a_step_that_rested_for_a_person_says_nothing_of_the_next(ledger, redis):
    add(ledger)
    fail(ledger, 0)
    redis.hincrby("cw:job:j1:step:0", "started", -60_000)
    ledger.retry("j1")
    done(ledger, epoch=ledger.job("j1").epoch)
    done(ledger, 1, epoch=ledger.job("j1").epoch)

    assert not redis.exists(KEY)
    assert redis.hkeys(OWN) == ["step_1:2-3"]


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
    assert not redis.keys("cw:durations*")
