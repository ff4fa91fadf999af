"""One line of the table: what was measured, against what, and whether the target is met."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured, in one run on one machine."""

    name: str
    ours: float
    contender: float | None
    ratio: float | None
    """Ours divided by the contender's, unless ``target`` reads the other way round."""
    target: str
    met: bool
    rounds: int
    spread: dict[str, Any] = field(default_factory=dict)
    """``{"ours": spread(...), "contender": spread(...)}``, and whatever explains the row."""
    unit: str = "s"
    note: str = ""
    """Who did what, and what is emulated."""


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the least, the median and the most of some measurements."""
    return {
        "min": round(min(values), 6),
        "median": round(statistics.median(values), 6),
        "max": round(max(values), 6),
    }


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the least measurement that ``percent`` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
