"""A plan as it is told to those who look at it: with how long it takes, and before and after."""

from typing import Any

from api.backend import backend
from cluster.drawing.before_after import parts, shape
from workflows.host_sentences import changes
from workflows.past_durations import with_durations
from workflows.plan import Plan


def told(plan: Plan, *, with_changes: bool = False) -> dict[str, Any]:
    """Return a plan as it is told; nothing of what is added is kept, or part of the digest.

    ``with_changes`` tells of each step what it changes on each host.
    """
    found = with_durations(backend().redis, plan.as_dict())
    for step in found["steps"]:
        step["changes"] = changes(step) if with_changes else None
    return found | {
        "before": shape(plan.before),
        "after": shape(plan.leaves),
        "difference": [part.as_dict() for part in parts(plan.before, plan.leaves)],
    }
