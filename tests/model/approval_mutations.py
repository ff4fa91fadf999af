"""What waits for an approval, and who gives it."""

from model_moves import Scope
from model_scopes import A2_APPROVED, budget
from mutation import Mutation

APPROVED = Scope((A2_APPROVED,), 1, posts=1, left=budget(3, 0, 0))

APPROVAL_MUTATIONS = (
    Mutation(
        "nobody begins what is to be approved",
        "if approval > 0 then await_approval(id) else enqueue(id) end",
        "redis.call('HSET', job_key(id), 'status', 'queued') enqueue(id)",
        "nothing_begins_that_is_to_be_approved_and_is_not",
        APPROVED,
    ),
    Mutation(
        "who has asked for a job does not approve it",
        "if is_own(id) and not a.alone then return 'own' end",
        "",
        "nobody_approves_what_they_have_asked_for",
        APPROVED,
    ),
    Mutation(
        "a cancel does not make an approval unnecessary",
        "if not is_approved(id) then",
        "if false then",
        "nothing_begins_that_is_to_be_approved_and_is_not",
        APPROVED,
    ),
    Mutation(
        "hosts are reserved when a job is approved",
        "local taken = not changed and approval <= 0 and reserve(id)",
        "local taken = not changed and reserve(id)",
        "what_waits_for_approval_holds_nothing",
        APPROVED,
    ),
    Mutation(
        "an approval is waited for until it expires",
        "redis.call('HSET', job_key(id), 'expires', int(expires))\n  due(id, expires)",
        "redis.call('HSET', job_key(id), 'expires', int(expires))",
        "an_unfinished_job_has_something_due",
        APPROVED,
    ),
)
