"""Who follows a job is told how long it may still take, as its record knows it by then."""

import io
import re

import pytest
from answered_documents import History, job, step
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cli.follow import follow
from cli.progress import view_of
from cli.progress_events import fold
from cli.progress_live import LiveView
from clusterwright.estimates import left_in_words

AFTER = {"p50": 60.0, "p90": 60.0}
UNKNOWN = {"ends": [{"since": 0.0, "p50": None, "p90": None}], "after_step": AFTER, "without": 1}
KNOWN = {
    "ends": [
        {"since": 100.0, "p50": 340.0, "p90": 640.0},
        {"since": 200.0, "p50": 640.0, "p90": 640.0},
        {"since": 580.0, "p50": None, "p90": None},
    ],
    "after_step": AFTER,
    "runs": 4,
    "of": "all",
    "without": 0,
}

MOMENTS = st.floats(0, 1e5)
ENDS = st.builds(
    lambda since, p50, more: {"since": since, "p50": p50, "p90": p50 + more}, *[MOMENTS] * 3
)
LATEST = MOMENTS.map(lambda since: {"since": since, "p50": None, "p90": None})
ESTIMATES = st.builds(
    lambda ends, latest, after, without: {
        "ends": sorted(ends, key=lambda end: end["since"]) + latest,
        "after_step": after and {"p50": after, "p90": 2 * after},
        "without": without,
    },
    st.lists(ENDS, min_size=1, max_size=4),
    st.lists(LATEST, max_size=1),
    st.none() | MOMENTS,
    st.integers(0, 3),
)


@given(ESTIMATES, MOMENTS)
def test_whatever_is_left_is_said_in_whole_words(estimate, now):
    told = left_in_words(estimate, now)

    assert not re.search(r"-\d|nan|inf|None", told)
    is_known = any(end["p90"] is not None for end in estimate["ends"]) or estimate["after_step"]
    assert bool(told) == bool(is_known)


@pytest.mark.parametrize(
    ("estimate", "now", "words"),
    [
        (KNOWN, 100.0, "about 4 min more, 9 min at most in nine of ten"),
        (KNOWN, 200.0, "about 7 min more"),
        (
            KNOWN,
            9999.0,
            "this step takes longer by now than every past run of it; about 1 min more after it",
        ),
        (UNKNOWN, 5.0, "about 1 min more after this step; 1 step without a past run not counted"),
        (None, 5.0, ""),
    ],
)
def test_what_is_left_is_said_by_the_time_of_day(estimate, now, words):
    assert left_in_words(estimate, now) == words


def drawn(document, now):
    console = Console(width=100, highlight=False, markup=False, color_system=None)
    with console.capture() as capture:
        console.print(LiveView(view_of(document), clock=lambda: now))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_the_display_counts_down_by_itself():
    running = step("install", "n1", status="running", attempt=1, running_since=100.0)
    document = job(running, status="running", estimate=KNOWN)

    told = [drawn(document, now)[-2] for now in (100.0, 160.0)]

    assert told == [
        "  left    about 4 min more, 9 min at most in nine of ten",
        "  left    about 3 min more, 8 min at most in nine of ten",
    ]
    assert not any("left" in line for line in drawn(job(running, status="running"), 100.0))


class Asked:
    """Answers as the API's client does: a job that knows at each reading how long it takes."""

    def __init__(self, *estimates, seq=0):
        self.estimates, self.seq = list(estimates), seq
        self.events_told = (
            History()
            .add("job.started", 100, "running")
            .add("step.started", 100, "running", 0, attempt=1)
            .add("step.succeeded", 200, "done", 0)
            .add("step.started", 200, "running", 1, attempt=1)
            .add("job.succeeded", 300, "succeeded")
            .events
        )

    def job(self, _job_id):
        estimate = self.estimates.pop(0) if self.estimates else None
        status = "running" if estimate else "succeeded"
        steps = step("install", "n1"), step("join", "n1")
        return job(*steps, status=status, seq=self.seq, estimate=estimate)

    def events(self, _job_id, after=0):
        yield from (event for event in self.events_told if event["seq"] > after)


def test_plain_lines_tell_it_at_the_beginning_of_each_step():
    console = Console(file=io.StringIO(), width=150)

    follow(Asked(KNOWN, KNOWN, KNOWN), "3f2a91c0", console)

    lines = console.file.getvalue().splitlines()
    told = [line for line in lines if "more" in line]
    assert told == [
        "[0.0s] · about 4 min more, 9 min at most in nine of ten",
        "[100.0s] · about 7 min more",
    ]
    assert "install n1" in lines[lines.index(told[0]) - 1]


def test_plain_lines_do_not_say_the_same_again_each_time_that_a_step_waits():
    asked, console = Asked(*[UNKNOWN] * 4), Console(file=io.StringIO(), width=150)
    begun, waits = asked.events_told[1], {"type": "job.deferred", "status": "waiting", "step": None}
    asked.events_told = [
        asked.events_told[0],
        begun,
        {**begun, **waits, "seq": 3, "at": 500.0, "data": {}},
        {**begun, "seq": 4, "at": 600.0},
    ]

    follow(asked, "3f2a91c0", console)

    text = console.file.getvalue()
    assert text.count("about 1 min more after this step") == 1
    assert "job waits" in text


def test_of_steps_that_began_before_it_was_followed_it_is_not_told():
    console = Console(file=io.StringIO(), width=150)

    follow(Asked(KNOWN, KNOWN, seq=3), "3f2a91c0", console)

    told = [line for line in console.file.getvalue().splitlines() if "more" in line]
    assert told == ["[100.0s] · about 7 min more"]


def test_of_a_job_that_goes_back_or_has_ended_nothing_is_left():
    going = view_of(job(step("install", "n1"), status="running", estimate=KNOWN))

    for status in ("rolling-back", "cancelling", "succeeded", "failed"):
        event = {"seq": 9, "type": "job.moved", "at": 1.0, "status": status, "data": {}}
        assert fold(going, event).estimate is None
