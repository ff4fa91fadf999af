"""The check of a change: a kind of its own that only asks the hosts, and takes nothing; pure."""

from functools import partial
from itertools import takewhile
from typing import Any

from workflows.access import Permission
from workflows.plan import Draft, Kind, Lock, Scope
from workflows.step_modules import step_module

PREFIX = "check-"


def check_of(kind: Kind) -> Kind:
    """Return the kind that asks the hosts what a change of ``kind`` would ask them first.

    It takes the params of that kind, and is offered to nobody: the plan of the change is.
    """
    return Kind(
        name=PREFIX + kind.name,
        summary=f"Ask the hosts whether {kind.name} could be carried out, and change nothing",
        schema=kind.schema,
        plan=partial(_plan, kind),
        example=kind.example,
        needs=kind.needs,
        lock=Lock.NONE,
        permission=Permission.PLAN,
        given=kind.given,
        dead=kind.dead,
        is_forgotten=kind.is_forgotten,
        fits_remains=kind.fits_remains,
    )


def _plan(kind: Kind, params: Any, scope: Scope) -> Draft:
    """Keep of a change what asks, up to the first step that does more.

    The look with which changes begin is the planner's.
    """
    draft = kind.plan(params, scope)
    asking = takewhile(lambda step: step_module(step.name).asks, draft.steps)
    return Draft(tuple(asking), draft.findings, looks_first=draft.looks_first)
