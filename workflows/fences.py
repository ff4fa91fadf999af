"""One number for each claim of a job's steps, larger than those of all claims before it; pure.

Hosts keep the largest that they have heard of, and do nothing for a smaller one.
"""

from workflows.step_records import StepRecord

MOST_STEPS = MOST_CLAIMS = 10_000
"""Larger than any plan and any number of claims of a step, so that fences grow in one row."""


def fence_of(step: StepRecord, *, epoch: int, undo: bool) -> int:
    """Return the fence of a claim: by the job's epoch, the step's turn in it, and its claims."""
    turn = _turn_of_undo(step) if undo else step.index
    return (epoch * MOST_STEPS * 2 + turn) * MOST_CLAIMS + step.claims


def _turn_of_undo(step: StepRecord) -> int:
    """A rollback goes from the last step to the first, but takes lost hosts out ahead of all."""
    rounds = 1 if step.is_undone_first else 2
    return rounds * MOST_STEPS - 1 - step.index
