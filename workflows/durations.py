"""How long a plan takes, by how long its steps took before; pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SIZES = ((1, "1"), (3, "2-3"), (10, "4-10"))
"""Steps are compared with those that had about as many hosts: up to so many, and beyond."""
MORE = "more"


def size_of(hosts: int) -> str:
    """Return with which steps one of so many hosts is compared."""
    return next((size for most, size in SIZES if hosts <= most), MORE)


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a step, or several, may take."""

    p50: float
    """Seconds within which half of the past runs were over."""
    p90: float
    """Seconds within which nine of ten were over."""
    runs: int
    """How many past runs that rests on; of several steps the fewest."""

    def as_dict(self) -> dict[str, Any]:
        return {"p50": round(self.p50, 3), "p90": round(self.p90, 3), "runs": self.runs}


def estimate(seconds: Sequence[float]) -> Estimate | None:
    """Return what past runs tell of the next one; ``None`` where there was none.

    Both values are of runs that were: nothing is reckoned between two of them.
    """
    if not seconds:
        return None
    ordered = sorted(seconds)
    return Estimate(_nearest(ordered, 0.5), _nearest(ordered, 0.9), len(ordered))


def _nearest(ordered: Sequence[float], share: float) -> float:
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


@dataclass(frozen=True, slots=True)
class PlanEstimate:
    """How long a plan may take: each of its steps, and the whole."""

    steps: tuple[Estimate | None, ...]
    """In the order of the plan; ``None`` for one that never ran on so many hosts."""

    @property
    def without(self) -> int:
        """How many of the steps no past run tells of; the whole does not count them."""
        return sum(step is None for step in self.steps)

    @property
    def whole(self) -> Estimate | None:
        """All the steps that are known, one after the other; ``None`` where none is.

        Quantiles are added as if slow steps came together. They mostly do, as they share their
        hosts and their network; where they do not, p90 is more than nine of ten runs take.
        """
        known = [step for step in self.steps if step]
        if not known:
            return None
        return Estimate(
            sum(step.p50 for step in known),
            sum(step.p90 for step in known),
            min(step.runs for step in known),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what is told of the whole."""
        whole = self.whole.as_dict() if self.whole else {"p50": None, "p90": None, "runs": 0}
        return {**whole, "without": self.without}


def left(plan: PlanEstimate, spent: Sequence[float | None]) -> PlanEstimate:
    """Return how long the rest of a plan may take.

    ``spent`` are seconds for which each step has been at it: 0 for one that has not begun, ``None``
    for one that is over. A step that takes longer than its past runs has nothing left of them.
    """
    pairs = zip(plan.steps, spent, strict=True)
    return PlanEstimate(tuple(_rest(step, been) for step, been in pairs if been is not None))


def _rest(step: Estimate | None, been: float) -> Estimate | None:
    return step and Estimate(max(step.p50 - been, 0.0), max(step.p90 - been, 0.0), step.runs)
