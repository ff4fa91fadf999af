"""How long a plan takes, by how long its steps took before; pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workflows.duration_draws import Past, drawn, jobs_drawn

SIZES = ((1, "1"), (3, "2-3"), (10, "4-10"))
"""Steps are compared with those that had about as many hosts: up to so many, and beyond."""
MORE = "more"
LEAST_OF_CLUSTER = 5
"""So many runs of a step on the cluster itself tell of the next one; fewer tell too little."""


def size_of(hosts: int) -> str:
    """Return with which steps one of so many hosts is compared."""
    return next((size for most, size in SIZES if hosts <= most), MORE)


def chosen(of_cluster: Past, of_all: Past) -> Past | None:
    """Return the past runs that a step is estimated by; ``None`` where it never ran.

    Those of the same cluster tell more, as they had its hosts and its network, where there are
    enough of them.
    """
    if len(of_cluster.runs) >= LEAST_OF_CLUSTER:
        return of_cluster
    return of_all if of_all.runs else None


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a step, or several, may take."""

    p50: float
    """Seconds within which half of the past runs were over."""
    p90: float
    """Seconds within which nine of ten were over."""
    runs: int
    """How many past runs that rests on; of several steps the fewest."""
    of: str
    """Whose runs they are: of the same ``cluster``, of ``all``, or of several steps ``both``."""

    def as_dict(self) -> dict[str, Any]:
        p50, p90 = round(self.p50, 3), round(self.p90, 3)
        return {"p50": p50, "p90": p90, "runs": self.runs, "of": self.of}


def estimate(past: Past) -> Estimate:
    """Return what past runs, at least one, tell of the next one.

    Both values are of runs that were: nothing is reckoned between two of them.
    """
    seconds = [run.seconds for run in past.runs]
    return Estimate(quantile(seconds, 0.5), quantile(seconds, 0.9), len(seconds), whose([past]))


def quantile(values: Sequence[float], share: float) -> float:
    """Return the least of the values that such a share of them, at least, does not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def estimate_together(pasts: Sequence[Past]) -> Estimate:
    """Return how long steps, at least one, take one after the other.

    The whole is not the sum of the steps' quantiles: slow steps seldom come all together. It is
    drawn from their past runs, those of one job together (``duration_draws.py``).
    """
    if len(pasts) == 1:
        return estimate(pasts[0])
    totals = drawn(pasts, jobs_drawn(pasts))
    fewest = min(len(past.runs) for past in pasts)
    return Estimate(quantile(totals, 0.5), quantile(totals, 0.9), fewest, whose(pasts))


def whose(pasts: Sequence[Past]) -> str:
    """Return whose past runs those of several steps are: ``cluster``, ``all`` or ``both``."""
    found = {past.is_of_cluster for past in pasts}
    if len(found) > 1:
        return "both"
    return "cluster" if found == {True} else "all"


@dataclass(frozen=True, slots=True)
class PlanEstimate:
    """How long a plan may take: each of its steps, and the whole."""

    steps: tuple[Estimate | None, ...]
    """In the order of the plan; ``None`` for one that never ran on so many hosts."""
    whole: Estimate | None
    """All the steps that are known, one after the other; ``None`` where none is."""

    @classmethod
    def of(cls, pasts: Sequence[Past | None]) -> "PlanEstimate":
        """Estimate a plan by the past runs of each of its steps."""
        known = [past for past in pasts if past]
        return cls(
            tuple(estimate(past) if past else None for past in pasts),
            estimate_together(known) if known else None,
        )

    @property
    def without(self) -> int:
        """How many of the steps no past run tells of; the whole does not count them."""
        return sum(step is None for step in self.steps)

    def as_dict(self) -> dict[str, Any]:
        """Return what is told of the whole."""
        none = {"p50": None, "p90": None, "runs": 0, "of": None}
        return {**(self.whole.as_dict() if self.whole else none), "without": self.without}
