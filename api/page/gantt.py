"""A job over time: where on a time axis each attempt, wait and host stands, in percent.

Pure. While the job waits for a person or for its turn nothing can run: the axis leaves that out,
so that a job that was retried the next morning is still read at a glance.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from api.page import words
from api.page.job_history import Attempt, History, HostSpan, Span
from workflows.jobs import Job
from workflows.step_records import StepRecord

INTERVALS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
MOST_TICKS = 7
HEADROOM = 1.05
"""How much of the future the axis of a running job shows, so that it need not move at once."""
LEAST_PERCENT = 0.5
"""The width of what took no time."""
BAD = frozenset({"failed", "retrying", "lost", "interrupted"})
"""Outcomes whose bars end with a mark, so that colour is not all that tells them apart."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in percent of the axis."""

    left: float
    width: float
    look: str
    """What it is drawn as: an outcome, or ``waiting``, with ``undo`` before it for an undo."""
    text: str
    grows: float = 0.0
    """By how many percent a second, while it lasts."""

    @property
    def is_bad(self) -> bool:
        return self.look.rpartition(" ")[2] in BAD


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the chart, with its time."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Maps moments to percent; leaves out what lies between the spells."""

    spells: tuple[Span, ...]
    now: float
    length: float
    """In seconds."""

    def seconds(self, moment: float) -> float:
        """Return how long the job had been active at ``moment``."""
        return sum(
            max(min(moment, spell.until(self.now)) - spell.began, 0.0) for spell in self.spells
        )

    def percent(self, moment: float) -> float:
        return min(100 * self.seconds(moment) / self.length, 100.0)

    @property
    def ticks(self) -> tuple[Tick, ...]:
        every = _interval(self.length)
        count = math.floor(self.length / every + 1e-9)
        return tuple(
            Tick(round(100 * n * every / self.length, 3), tick_text(n * every))
            for n in range(count + 1)
        )

    @property
    def breaks(self) -> tuple[Tick, ...]:
        """Where time is left out, and how much."""
        return tuple(
            Tick(self.percent(after.began), words.length(after.began - before.until(self.now)))
            for before, after in zip(self.spells, self.spells[1:], strict=False)
        )


@dataclass(frozen=True, slots=True)
class HostTrack:
    """One host's bars within a step, on the step's own axis."""

    host: str
    bars: tuple[Bar, ...]

    @property
    def says(self) -> str:
        return in_words(self.bars)


@dataclass(frozen=True, slots=True)
class StepTrack:
    """One step's bars on the job's axis, and its hosts' on an axis of the step's own.

    A step of three seconds in a job of ten minutes would else be one dot for thirty hosts.
    """

    bars: tuple[Bar, ...]
    axis: Axis | None
    hosts: tuple[HostTrack, ...]

    @property
    def says(self) -> str:
        return in_words(self.bars)


@dataclass(frozen=True, slots=True)
class Gantt:
    """The chart of a whole job; without an axis when nothing has run."""

    axis: Axis | None
    steps: tuple[StepTrack, ...]


def gantt(job: Job, history: History, now: float) -> Gantt:
    """Draw a job as it stands at ``now``."""
    now = max(now, *(spell.until(0.0) for spell in history.spells), 0.0)
    axis = axis_of(history.spells, now)
    steps = tuple(_step_track(job, step, history, axis, now) for step in job.steps)
    return Gantt(axis, steps)


def axis_of(spells: Sequence[Span], now: float) -> Axis | None:
    """Return an axis over ``spells``; one that still lasts has room for what comes."""
    if not spells:
        return None
    length = sum(spell.until(now) - spell.began for spell in spells)
    if spells[-1].ended is None:
        every = _interval(max(length * HEADROOM, 1.0))
        length = every * (math.floor(length * HEADROOM / every) + 1)
    return Axis(tuple(spells), now, max(length, 0.001))


def in_words(bars: Iterable[Bar]) -> str:
    """Tell a row of bars to those who do not see it."""
    return "; ".join(bar.text for bar in bars)


def tick_text(seconds: float) -> str:
    """Return a tick's time without what is zero: ``2 s``, ``1 min``."""
    return re.sub(r"(\.0(?= s)|(?<=\w) 0 (s|min|h)$)", "", words.length(seconds))


def _interval(length: float) -> float:
    """Return the smallest usual interval that gives few enough ticks."""
    usual = next((every for every in INTERVALS if length / every <= MOST_TICKS), None)
    return usual or 86400.0 * math.ceil(length / 86400.0 / MOST_TICKS)


def _step_track(
    job: Job, step: StepRecord, history: History, axis: Axis | None, now: float
) -> StepTrack:
    attempts = history.attempts(step.index)
    if axis is None or not attempts:
        return StepTrack((), None, ())
    active = not job.is_finished
    bars = tuple(bar for attempt in attempts for bar in _attempt_bars(axis, attempt, active))
    own = axis_of(tuple(_within(history.spells, attempts, now)), now)
    hosts = tuple(_host_tracks(own, attempts)) if own else ()
    return StepTrack(bars, own, hosts)


def _within(spells: Iterable[Span], attempts: Sequence[Attempt], now: float) -> Iterator[Span]:
    """Cut the spells to what lies between a step's first beginning and its last end."""
    first, last = attempts[0].began, attempts[-1].ended
    for spell in spells:
        if spell.until(now) < first or (last is not None and spell.began > last):
            continue
        ends = [end for end in (spell.ended, last) if end is not None]
        yield Span(max(spell.began, first), min(ends) if ends else None)


def _attempt_bars(axis: Axis, attempt: Attempt, active: bool) -> Iterator[Bar]:
    verb = "Undo, attempt" if attempt.undo else "Attempt"
    took = words.length(attempt.until(axis.now) - attempt.began)
    text = f"{verb} {attempt.number}: {attempt.ending}, {took}"
    yield _bar(axis, attempt, ("undo " if attempt.undo else "") + attempt.outcome, text)
    waits = attempt.outcome in {"retrying", "waited", "lost"}
    if waits and attempt.ended is not None and (attempt.next_began or active):
        wait = Span(attempt.ended, attempt.next_began)
        waited = words.length(axis.seconds(wait.until(axis.now)) - axis.seconds(wait.began))
        yield _bar(axis, wait, "waiting", f"Waited {waited} for the next attempt")


def _host_tracks(axis: Axis, attempts: Sequence[Attempt]) -> Iterator[HostTrack]:
    found: dict[str, list[Bar]] = {}
    for attempt in attempts:
        for span in attempt.hosts:
            found.setdefault(span.host, []).append(_host_bar(axis, attempt, span))
    for host, bars in found.items():
        yield HostTrack(host, tuple(bars))


def _host_bar(axis: Axis, attempt: Attempt, span: HostSpan) -> Bar:
    took = words.length(span.until(axis.now) - span.began)
    verb = "undo, attempt" if attempt.undo else "attempt"
    text = f"{span.host}, {verb} {attempt.number}: {span.outcome}, {took}"
    return _bar(axis, span, ("undo " if attempt.undo else "") + span.outcome, text)


def _bar(axis: Axis, span: Span, look: str, text: str) -> Bar:
    left = axis.percent(span.began)
    width = max(axis.percent(span.until(axis.now)) - left, LEAST_PERCENT)
    return Bar(
        left=round(min(left, 100 - width), 3),
        width=round(width, 3),
        look=look,
        text=text,
        grows=round(100 / axis.length, 5) if span.ended is None else 0.0,
    )
