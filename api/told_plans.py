"""A plan as it is told to those who look at it: with how long it takes, and before and after."""

from typing import Any

from api.backend import backend
from cluster.drawing.before_after import parts, shape
from workflows.past_durations import with_durations
from workflows.plan import Plan


def told(plan: Plan) -> dict[str, Any]:
    """Return a plan as it is told; nothing of what is added is kept, or part of the digest."""
    return with_durations(backend().redis, plan.as_dict()) | {
        "before": shape(plan.before),
        "after": shape(plan.leaves),
        "difference": [part.as_dict() for part in parts(plan.before, plan.leaves)],
    }
