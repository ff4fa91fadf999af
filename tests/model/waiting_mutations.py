"""What waits for something outside: a step that looks again, and a job that a freeze holds."""

from dataclasses import replace

from model_moves import Scope
from model_scopes import A2, A2_APPROVED, budget
from mutation import Mutation

WAITING = Scope((A2,), 1, posts=1, left=budget(1, 0, 0), waits=(3.0, None))
FREEZING = Scope((A2,), 1, posts=1, left=budget(1, 0, 0) | {"freezes": 2})

WAITING_MUTATIONS = (
    Mutation(
        "who waits is due again",
        "'due', int(NOW + a.after))\n    due(id, NOW + a.after)",
        "'due', int(NOW + a.after))\n    redis.call('ZREM', 'cw:due', id)",
        "an_unfinished_job_has_something_due",
        WAITING,
    ),
    Mutation(
        "a patience has an end",
        "if a.after >= 0 and NOW - number(step_get(id, i, 'waits_since')) >= a.patience then",
        "if false then",
        "a_patience_has_an_end",
        WAITING,
    ),
    Mutation(
        "the attempt after one that waited in vain begins afresh",
        "redis.call('HDEL', step_key(id, i), 'waits_since') -- the next attempt begins afresh",
        "",
        "a_patience_has_an_end",
        WAITING,
    ),
    Mutation(
        "who has waited in vain is due again",
        "if job_get(id, 'status') == 'cancelling' then cancelled(id) return end\n"
        "  due(id, NOW + a.delay)",
        "if job_get(id, 'status') == 'cancelling' then cancelled(id) return end\n"
        "  redis.call('ZREM', 'cw:due', id)",
        "an_unfinished_job_has_something_due",
        WAITING,
    ),
    Mutation(
        "what is frozen does not begin",
        "if not may_open(id) then return hold_back(id) end",
        "",
        "nothing_begins_that_a_freeze_keeps_back",
        FREEZING,
    ),
    Mutation(
        "a freeze of after it was planned counts",
        "if number(job_get(id, 'calendar')) ~= calendar_revision() then return false end",
        "",
        "nothing_begins_that_a_freeze_keeps_back",
        replace(FREEZING, templates=(A2_APPROVED,)),
    ),
    Mutation(
        "who is cancelled waits for no freeze any more",
        "  forget_opening(id)\n  redis.call('HSET', job_key(id), 'finished', int(NOW))",
        "  redis.call('HSET', job_key(id), 'finished', int(NOW))",
        "what_waits_for_a_freeze_holds_no_cluster",
        FREEZING,
    ),
)
