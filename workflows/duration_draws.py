"""What several steps may take one after the other, drawn from the past runs of each; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

DRAWS = 400
"""Enough that nine of ten are told from eight of ten: no step keeps more than 50 runs."""
JOBS, STEPS, PRESENT_STEP = 11, 12, 13
"""Seeds: the same past runs are the same estimate, whoever asks and how often. What is drawn for
one purpose tells nothing of what is drawn for another."""


@dataclass(frozen=True, slots=True)
class Run:
    """One step that was carried out before."""

    seconds: float
    job: str = ""
    """What its job's id begins with; empty where that was not noted."""


@dataclass(frozen=True, slots=True)
class Past:
    """The past runs of a step."""

    runs: tuple[Run, ...]
    is_of_cluster: bool = False
    """Whether all of them were of the cluster in question, and not of whichever."""

    def longer_than(self, seconds: float) -> "Past | None":
        """Return those that took longer, as one that has not ended by then does, if any did."""
        longer = tuple(run for run in self.runs if run.seconds > seconds)
        return Past(longer, self.is_of_cluster) if longer else None


def jobs_drawn(pasts: Sequence[Past]) -> list[str]:
    """Return a past job for each draw: every one of them is as likely as any other.

    A run whose job was not noted is a job of its own, without a name.
    """
    named = {run.job for past in pasts for run in past.runs if run.job}
    nameless = max((sum(not run.job for run in past.runs) for past in pasts), default=0)
    return _chance(JOBS).choices([*sorted(named), *[""] * nameless], k=DRAWS)


def drawn(pasts: Sequence[Past], jobs: Sequence[str], seed: int = STEPS) -> list[float]:
    """Return, for each job of ``jobs``, seconds that the steps may take one after the other.

    A step takes what it took in that job: steps of one job share their hosts, network and hour, so
    that slow ones come together as often as they did. One that the job did not have takes what any
    of its runs took. Without the shortest of a step's runs no total is less than with them.
    """
    chance = _chance(seed)
    totals = [0.0] * len(jobs)
    for past in pasts:
        runs = sorted(past.runs, key=lambda run: run.seconds)
        every = [run.seconds for run in runs]
        of_job: dict[str, list[float]] = {}
        for run in runs:
            if run.job:
                of_job.setdefault(run.job, []).append(run.seconds)
        for place, job in enumerate(jobs):
            found = of_job.get(job, every)
            totals[place] += found[int(chance.random() * len(found))]
    return totals


def _chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311  # it draws past runs; nothing secret hangs on it
