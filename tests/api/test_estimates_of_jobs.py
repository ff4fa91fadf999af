"""How long a job that goes on may still take: the arithmetic, the words, and what the API tells."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from job_records import job, step
from jsonschema import Draft202012Validator

from api.app import create_app
from clusterwright.estimates import left_in_words
from workflows.duration_draws import Past, Run
from workflows.ledger.claims import Wait
from workflows.states import JobStatus, StepStatus
from workflows.time_left import MOST_ENDS, goes_on, time_left

SECONDS = st.integers(1, 100_000).map(float)
PASTS = st.lists(SECONDS, min_size=1, max_size=50).map(
    lambda rows: Past(tuple(Run(seconds, f"j{at}") for at, seconds in enumerate(rows)))
)
BEGAN = 1000.0


def past(*seconds):
    return Past(tuple(Run(each) for each in seconds))


def at_step(index, count, status=StepStatus.RUNNING, **fields):
    """Return a job whose steps before one are done, and that is at this one."""
    done = {"status": StepStatus.DONE, "attempt": 1, "started": 0.0, "finished": BEGAN}
    now = {"status": status, "attempt": 1, "started": BEGAN}
    rows = [step(at, "n1", **done) for at in range(index)]
    rows += [step(index, "n1", **now), *(step(at, "n1") for at in range(index + 1, count))]
    return job(*rows, running_since=0.0, **fields)


def told(found, pasts, spent):
    return left_in_words(time_left(found, pasts).as_dict(), BEGAN + spent)


@given(st.lists(PASTS, min_size=1, max_size=5), st.integers(0, 4))
def test_a_job_ends_between_its_steps_at_their_quickest_and_at_their_slowest(pasts, place):
    place = min(place, len(pasts) - 1)
    rest = [[run.seconds for run in one.runs] for one in pasts[place:]]

    found = time_left(at_step(place, len(pasts)), pasts)

    first, *others = found.ends
    assert first.since == BEGAN
    assert BEGAN + sum(map(min, rest)) <= first.p50 <= first.p90 <= BEGAN + sum(map(max, rest))
    assert len(found.ends) <= MOST_ENDS
    assert (found.after_step is None) == (len(rest) == 1)
    for end in others[:-1]:
        later = [seconds for seconds in rest[0] if BEGAN + seconds > end.since]
        assert BEGAN + min(later) + sum(map(min, rest[1:])) <= end.p50 <= end.p90
    assert (others[-1].since, others[-1].p90) == (BEGAN + max(rest[0]), None)


@given(PASTS, st.lists(PASTS, max_size=2))
def test_the_longer_a_step_goes_on_the_later_its_job_ends(past, later):
    ends = time_left(at_step(0, 1 + len(later)), [past, *later]).ends

    for earlier, later in pairwise(ends[:-1]):
        assert earlier.since < later.since
        assert earlier.p50 <= later.p50
        assert earlier.p90 <= later.p90


def test_a_step_that_goes_on_is_compared_with_the_runs_that_took_longer():
    pasts = [past(10.0, 10.0, 10.0, 600.0), past(60.0)]

    words = [told(at_step(0, 2), pasts, spent) for spent in (0.0, 30.0, 601.0)]

    assert words == [
        "about 1 min more, 11 min at most in nine of ten",
        "about 10 min more",  # 570 s of the only run that was as long, and 60 s
        "this step takes longer by now than every past run of it; about 1 min more after it",
    ]


def test_steps_that_never_ran_are_told_apart_and_the_present_one_most_of_all():
    assert told(at_step(0, 3), [past(60.0), None, None], 0.0) == (
        "about 1 min more; 2 steps without a past run not counted"
    )
    assert told(at_step(0, 2), [None, past(60.0)], 5.0) == (
        "about 1 min more after this step; 1 step without a past run not counted"
    )
    assert time_left(at_step(0, 2), [None, None]) is None
    assert told(at_step(0, 1), [past(60.0)], 100.0).endswith("than every past run of it")


def test_between_two_steps_the_next_begins_when_the_last_was_done():
    between = at_step(1, 3, StepStatus.PENDING)

    found = time_left(between, [past(5.0), past(60.0), past(120.0)]).as_dict()

    assert found["ends"] == [{"since": BEGAN, "p50": BEGAN + 180, "p90": BEGAN + 180}]
    assert left_in_words(found, BEGAN + 60) == "about 2 min more"
    assert left_in_words(found, BEGAN + 999) == "it takes longer by now than nine of ten past runs"


def test_a_job_whose_first_step_is_to_be_done_again_has_all_of_them_before_it():
    again = job(step(0, "n1", attempt=1, started=1.0), step(1, "n1"), running_since=BEGAN)

    found = time_left(again, [past(60.0), past(60.0)])

    assert [(end.since, end.p50) for end in found.ends] == [(BEGAN, BEGAN + 120)]


def test_a_job_that_went_on_after_a_rest_is_at_its_step_since_then():
    rested = at_step(0, 1)

    found = time_left(job(*rested.steps, running_since=BEGAN + 500), [past(60.0)])

    assert found.ends[0].p50 == BEGAN + 560


def test_nothing_is_told_of_a_job_that_waits_for_a_person_goes_back_or_has_not_begun():
    waiting = step(0, "n1", attempt=1, status=StepStatus.WAITING, waits_for={"asks": True})
    looking = step(0, "n1", attempt=1, status=StepStatus.WAITING, waits_for={"asks": False})
    begun = at_step(0, 1).steps

    assert goes_on(job(looking, status=JobStatus.WAITING))
    assert not goes_on(job(waiting, status=JobStatus.WAITING))
    assert not goes_on(job(step(0, "n1")))
    others = set(JobStatus) - {JobStatus.RUNNING, JobStatus.WAITING}
    assert not any(goes_on(job(*begun, status=status)) for status in others)


@pytest.fixture
def past_minutes(client, redis, job):
    """Have each step of the job have taken a minute before; return how many there are."""
    steps = client.get(f"/v1/jobs/{job}").json["steps"]
    for one in steps:
        redis.rpush(f"cw:durations:{one['name']}:1", "60000:j")
    return len(steps)


def test_a_job_tells_when_it_ends_once_its_first_step_has_begun(
    client, anonymous, job, steps, past_minutes
):
    assert client.get(f"/v1/jobs/{job}").json["estimate"] is None
    steps.begin()

    found = client.get(f"/v1/jobs/{job}").json

    first, beyond = found["estimate"]["ends"]
    assert first["since"] == pytest.approx(found["steps"][0]["started"], abs=0.1)
    assert first["p50"] == pytest.approx(first["since"] + 60 * past_minutes, abs=0.2)
    assert (beyond["since"], beyond["p50"]) == (pytest.approx(first["since"] + 60, abs=0.2), None)
    assert found["estimate"]["after_step"]["p50"] == 60.0 * (past_minutes - 1)
    assert (found["estimate"]["of"], found["estimate"]["without"]) == ("all", 0)
    components = anonymous.get("/openapi.json").json["components"]
    schema = {"$ref": "#/components/schemas/Job", "components": components}
    Draft202012Validator(schema).validate(found)


def test_the_estimate_of_a_job_goes_when_it_is_cancelled(client, job, steps, past_minutes):
    steps.begin()
    assert client.get(f"/v1/jobs/{job}").json["estimate"]

    assert client.post(f"/v1/jobs/{job}/cancel").json["estimate"] is None


def test_a_job_that_asks_a_person_tells_no_end(client, job, ledger, steps, past_minutes):
    steps.begin()
    ledger.deferred(steps.leases[0], Wait("n1 has no disk", None, "plug it in"), 600)

    assert client.get(f"/v1/jobs/{job}").json["estimate"] is None


def test_polls_read_past_runs_once_for_a_job_and_keep_its_tag(
    client, redis, ledger, job, steps, past_minutes
):
    steps.begin()
    first = client.get(f"/v1/jobs/{job}")

    redis.delete(*redis.keys("cw:durations*"))
    before = redis.info("commandstats")["cmdstat_lrange"]["calls"]
    again = client.get(f"/v1/jobs/{job}")
    ledger.host(steps.leases[0], "n1", {"status": "running", "detail": "40 %"})
    after = client.get(f"/v1/jobs/{job}")
    steps.end()
    steps.begin(1)
    later = client.get(f"/v1/jobs/{job}")

    assert again.headers["ETag"] == first.headers["ETag"]
    assert after.headers["ETag"] != first.headers["ETag"]
    assert first.json["estimate"] == again.json["estimate"] == after.json["estimate"]
    assert later.json["estimate"]["after_step"]["p50"] == 60.0 * (past_minutes - 2)
    assert redis.info("commandstats")["cmdstat_lrange"]["calls"] == before


def test_a_job_that_is_retried_is_told_anew(client, job, steps, past_minutes):
    steps.begin()
    first = client.get(f"/v1/jobs/{job}").json["estimate"]
    steps.fail()
    assert client.get(f"/v1/jobs/{job}").json["estimate"] is None

    again = client.post(f"/v1/jobs/{job}/retry").json["estimate"]

    (end,) = again["ends"]  # nothing goes on: the next attempt has not begun
    assert end["since"] >= first["ends"][0]["since"]
    assert again["after_step"]["p50"] == 60.0 * past_minutes


def test_what_is_estimated_of_a_job_is_no_part_of_its_tag(
    client, settings, token, redis, job, steps
):
    steps.begin()
    first = client.get(f"/v1/jobs/{job}")
    redis.rpush(f"cw:durations:{first.json['steps'][0]['name']}:1", "60000:j")

    other = create_app(settings)  # as another process of the server reads it
    header = {"Authorization": f"Bearer {token}"}
    second = other.test_client().get(f"/v1/jobs/{job}", headers=header)
    other.extensions["clusterwright"].close()

    assert (first.json["estimate"], first.headers["ETag"]) == (None, second.headers["ETag"])
    assert second.json["estimate"]
