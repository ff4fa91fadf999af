"""What dqlite's quorum stands on, and what may be done to its members without losing it. Pure.

``members``: one entry of the member list, and the counts of all of them.
``roles``: how dqlite's leader moves roles until they settle, and how a member hands its role over.
``operations``: what a step does to the members, how they stand while it does, and afterwards.
``words``: a quorum in sentences, and the operations as people write them.
``guard``: whether an operation may begin now; each refusal names its rule, numbers and advice.
``forecast``: what the guard says to operations in a row, and the margin during each.
"""

from cluster.quorum.forecast import Forecast, forecast, narrowest
from cluster.quorum.guard import Rule, Verdict, guard, guard_each
from cluster.quorum.members import (
    DEFAULT_DOMAIN,
    STANDBYS,
    VOTERS,
    DqliteRole,
    Member,
    Quorum,
    count,
    expected,
)
from cluster.quorum.operations import (
    TAKING_OUT,
    UNDONE_BY,
    Operation,
    apply_operation,
    started,
    underway,
)
from cluster.quorum.roles import (
    expected_members,
    handed_over,
    is_settled,
    settle,
    states_until_settled,
)
from cluster.quorum.words import MOST_TRIED, VERBS, describe, explain, verb_of

__all__ = [
    "DEFAULT_DOMAIN",
    "MOST_TRIED",
    "STANDBYS",
    "TAKING_OUT",
    "UNDONE_BY",
    "VERBS",
    "VOTERS",
    "DqliteRole",
    "Forecast",
    "Member",
    "Operation",
    "Quorum",
    "Rule",
    "Verdict",
    "apply_operation",
    "count",
    "describe",
    "expected",
    "expected_members",
    "explain",
    "forecast",
    "guard",
    "guard_each",
    "handed_over",
    "is_settled",
    "narrowest",
    "settle",
    "started",
    "states_until_settled",
    "underway",
    "verb_of",
]
