"""Schedules, maintenance windows and freezes."""

from api.http.problem_types.problem_type import ProblemType
from cluster.actions import Action

CALENDAR = (
    ProblemType(
        "schedule-not-found",
        404,
        "There is no such schedule",
        "No schedule has that name, or the one that has it is of another cluster.",
        "List the schedules.",
        (Action.LIST_SCHEDULES,),
    ),
    ProblemType(
        "no-such-entry",
        404,
        "There is no such window or freeze",
        "No maintenance window, or no freeze, has that name.",
        "List those that there are.",
        (Action.LIST_WINDOWS, Action.LIST_FREEZES),
    ),
    ProblemType(
        "schedule-taken",
        409,
        "Another cluster has a schedule of that name",
        "A schedule is named once, whichever cluster it is for. Nothing was stored.",
        "Choose another name, or remove the schedule that has it.",
        (Action.LIST_SCHEDULES,),
    ),
    ProblemType(
        "too-many-entries",
        409,
        "There are too many already",
        "There may be 500 schedules, and 200 windows and freezes. Nothing was stored.",
        "Remove those that nobody needs any more.",
        (Action.LIST_SCHEDULES, Action.LIST_FREEZES),
    ),
    ProblemType(
        "schedule-moved",
        412,
        "The schedule is not in the state that the request was meant for",
        "If-Match replaces only the schedule whose ETag it names, and If-None-Match: * adds one "
        "and never replaces one. Nothing was stored.",
        "Read the schedule again, write your changes into that, and send it with its ETag.",
        (Action.LIST_SCHEDULES,),
    ),
)
