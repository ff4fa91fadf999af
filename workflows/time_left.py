"""How long a job that goes on may still take, by the past runs of its steps; pure.

What is told are moments, so that it holds until the job's next step, and whoever shows it takes
the time of day off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workflows.duration_draws import PRESENT_STEP, Past, drawn, jobs_drawn
from workflows.durations import quantile, whose
from workflows.jobs import Job
from workflows.states import PASSED, JobStatus, StepStatus
from workflows.step_records import StepRecord

GOES_ON = frozenset({JobStatus.RUNNING, JobStatus.WAITING})
OVER = frozenset({StepStatus.DONE, StepStatus.LEFT_OUT, *PASSED})
MOST_ENDS = 8
"""So many times, at most, is the end looked at anew while one step goes on."""


@dataclass(frozen=True, slots=True)
class End:
    """When a job ends, as it looks from some moment on, until the next."""

    since: float
    p50: float | None = None
    """The moment by which half of the runs end that are as far as it; ``None`` where its step
    takes longer by then than every past run of it, or has none."""
    p90: float | None = None

    def as_dict(self) -> dict[str, Any]:
        p50, p90 = (moment and round(moment, 1) for moment in (self.p50, self.p90))
        return {"since": round(self.since, 1), "p50": p50, "p90": p90}


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """How long a job that goes on may still take."""

    ends: tuple[End, ...]
    """In their order; the first from when its step began, or the step before was done."""
    after_step: tuple[float, float] | None
    """Seconds that the known steps take, in half of the jobs and in nine of ten, that come after
    the one that it is at; ``None`` where none is known."""
    runs: int
    """The fewest past runs that a step which is not over rests on."""
    of: str
    """Whose they are, as a plan's estimate says it."""
    without: int
    """How many steps that are not over no past run tells of."""

    def as_dict(self) -> dict[str, Any]:
        after = self.after_step
        return {
            "ends": [end.as_dict() for end in self.ends],
            "after_step": {"p50": round(after[0], 3), "p90": round(after[1], 3)} if after else None,
            "runs": self.runs,
            "of": self.of,
            "without": self.without,
        }


def goes_on(job: Job) -> bool:
    """Whether it is told of a job how long it still takes: not before its first step has begun.

    Neither is it while the job waits for a person, whose time nobody knows, or goes back.
    """
    has_begun = any(step.attempt for step in job.steps)
    return has_begun and job.status in GOES_ON and not (job.waits and job.waits["asks"])


def time_left(job: Job, pasts: Sequence[Past | None]) -> TimeLeft | None:
    """Return how long a job that goes on may still take; ``None`` where no past run tells of it.

    ``pasts`` are the past runs of each step of its plan.
    """
    rest = [step for step in job.steps if step.status not in OVER]
    known = [past for step in rest if (past := pasts[step.index])]
    if not known:
        return None
    current = rest[0] if rest[0].status is not StepStatus.PENDING else None
    present = pasts[current.index] if current else None
    later = [past for step in rest if step is not current and (past := pasts[step.index])]
    jobs = jobs_drawn(known)
    after = drawn(later, jobs)
    begun = _begun(job, current)
    if current is None:
        ends = [_end(begun, 0.0, after)]
    else:
        ends = _ends(begun, present, jobs, after) if present else [End(begun)]
    return TimeLeft(
        tuple(ends),
        (quantile(after, 0.5), quantile(after, 0.9)) if later else None,
        min(len(past.runs) for past in known),
        whose(known),
        len(rest) - len(known),
    )


def _begun(job: Job, current: StepRecord | None) -> float:
    """Return since when the job has been at its step, or before the next one."""
    since = job.running_since or job.created
    if current:
        return max(current.started or 0.0, since)
    return max([since, *(step.finished or 0.0 for step in job.steps if step.status in OVER)])


def _ends(begun: float, past: Past, jobs: Sequence[str], after: Sequence[float]) -> list[End]:
    """Return how the end looks while a step goes on that began at some moment.

    A step that has been at it for so long is one of those that took longer. ``after`` is what the
    steps behind it take, as it was drawn for ``jobs``.
    """
    ends = []
    for spent in (-1.0, *_looks([run.seconds for run in past.runs])):
        longer = past.longer_than(spent)
        if longer is None:
            ends.append(End(begun + spent))
            continue
        present = drawn([longer], jobs, PRESENT_STEP)
        whole = [step + more for step, more in zip(present, after, strict=True)]
        ends.append(_end(begun, max(spent, 0.0), whole))
    return ends


def _end(begun: float, spent: float, whole: Sequence[float]) -> End:
    return End(begun + spent, begun + quantile(whole, 0.5), begun + quantile(whole, 0.9))


def _looks(seconds: Sequence[float]) -> list[float]:
    """Return after how many seconds it is known of a past run that the step takes longer.

    Of many some, evenly; always the longest.
    """
    found = sorted(set(seconds))
    gap = -(-len(found) // (MOST_ENDS - 1))
    return found[::-1][::gap][::-1]
