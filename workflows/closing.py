"""Steps that take back what an earlier one did, also where a job stops before them; pure.

Such a pair is an opener and its closing step, for example ``cordon`` and ``uncordon``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from workflows.plan import Step
from workflows.step_modules import Undo, step_module


def between(opener: Step, steps: Iterable[Step], closing: Step) -> list[Step]:
    """Put steps between one and the step that takes it back, whatever happens to them."""
    return [opener, *steps, replace(closing, closes=opener.name)]


def openers(steps: Sequence[Step]) -> dict[int, int]:
    """Return the place of the opener for that of each closing step."""
    return pairs([(step.name, step.closes) for step in steps])


def pairs(steps: Sequence[tuple[str, str]]) -> dict[int, int]:
    """Return the same of steps of which each is its name, and what it closes, if it does.

    An opener is the last of its name before that no other step closes, so that pairs may stand in
    pairs.
    """
    found: dict[int, int] = {}
    for place, (_, closes) in enumerate(steps):
        open_still = [
            earlier
            for earlier, (name, _) in enumerate(steps[:place])
            if name == closes and earlier not in found.values()
        ]
        if closes and open_still:
            found[place] = open_still[-1]
    return found


def faults(steps: Sequence[Step]) -> Iterator[str]:
    """Yield what is wrong with the pairs of a plan: a defect of its kind."""
    found = openers(steps)
    for place, step in enumerate(steps):
        if step.closes and place not in found:
            yield f"{step.title!r} closes {step.closes}, and no earlier step is that, or open still"
    for closing, opener in found.items():
        yield from _faults(steps[closing], steps[opener])
        crossed = [late for late, early in found.items() if early < opener < late < closing]
        for late in crossed:
            yield (
                f"{steps[closing].title!r} closes {steps[opener].title!r} only after "
                f"{steps[late].title!r}, which closes what was opened before"
            )


def _faults(closing: Step, opener: Step) -> Iterator[str]:
    if opener.closes:
        yield f"{closing.title!r} closes {opener.title!r}, which closes a step itself"
    if step_module(opener.name).undo is Undo.NOTHING:
        yield f"a rollback would leave what {opener.title!r} did: its undo does nothing"
