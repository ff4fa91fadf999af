"""Why a rollback passes over a step instead of undoing it; pure.

What it passes over is never called undone: it has events and statuses of its own.
"""

from collections.abc import Mapping
from typing import Any

from workflows.states import StepEvent
from workflows.step_modules import Undo

WHY = {
    StepEvent.UNDO_NOT_NEEDED: "nothing is to be undone: the step changes nothing",
    StepEvent.UNDO_SKIPPED: "nothing is undone: the hosts of the step are given up as lost",
}


def passed_over(undo: str, step: Mapping[str, Any], lost: frozenset[str]) -> StepEvent | None:
    """Return what becomes of a planned step whose undo does nothing; ``None`` where it does.

    ``undo`` is what its module says of that, and ``lost`` are the hosts that were given up.
    """
    if undo == Undo.NOTHING:
        return StepEvent.UNDO_NOT_NEEDED
    seed = step["args"].get("seed")
    touched = {*step["hosts"], *([seed] if seed else [])}
    return StepEvent.UNDO_SKIPPED if touched and touched <= lost else None
