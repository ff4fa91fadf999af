"""Rules of the script broken on purpose, each with the property that has to notice it."""

from dataclasses import dataclass, replace

from model_kinds import Template
from model_moves import Scope
from model_scopes import (
    A1,
    A2,
    A2_APPROVED,
    ADD2,
    ADD2_3,
    DESTROY,
    REMOVE1,
    SAVE,
    SAVE_ALSO,
    UPGRADE,
    B,
    budget,
)


@dataclass(frozen=True)
class Mutation:
    """``old`` in the script becomes ``new``; then ``noticed`` does not hold in the world."""

    rule: str
    old: str
    new: str
    noticed: str
    scope: Scope


ONE = Scope((A2,), 1, posts=1, left=budget(2, 1, 1))
CLOSING = Scope((UPGRADE,), 1, 1, formed={"a": ["h1"]}, left=budget(2, 0, 1))
FAILING = Scope((A2,), 1, posts=1, left=budget(2, 0, 2))


APPROVED = Scope((A2_APPROVED,), 1, posts=1, left=budget(3, 0, 0))
WAITING = Scope((A2,), 1, posts=1, left=budget(1, 0, 0), waits=(3.0, None))
SHARING = Scope((SAVE, SAVE_ALSO, ADD2), 3, 1, formed={"a": ["h1"]}, left=budget(0, 0, 0))
STUCK = Scope(
    (ADD2, REMOVE1),
    2,
    1,
    formed={"a": ["h1"]},
    left=budget(3, 0, 2),
    verbs=("rollback", "cancel"),
    delays=(None,),
)
FREEZING = Scope((A2,), 1, posts=1, left=budget(1, 0, 0) | {"freezes": 2})
LOSING = Scope(
    (ADD2_3,),
    1,
    1,
    formed={"a": ["h1"]},
    left=budget(2, 0, 1),
    verbs=("cancel",),
    lost=("h2", "h3"),
)


LEADING = Scope(
    (DESTROY,),
    1,
    1,
    formed={"a": ["h1", "h2"]},
    left=budget(2, 0, 0),
    verbs=("cancel", "retry"),
    leads=("h1", "h2"),
)


def formed(persons, failures):
    """A node comes and another goes."""
    return Scope((ADD2, REMOVE1), 2, 1, formed={"a": ["h1"]}, left=budget(persons, 0, failures))


MUTATIONS = (
    Mutation(
        "a job that fails takes back what it owes",
        "elseif not closes_first(id, 'failed', at) then",
        "else",
        "a_job_that_comes_to_rest_owes_nothing",
        CLOSING,
    ),
    Mutation(
        "a job that is cancelled takes back what it owes",
        "if closes_first(id, 'cancelled', nil, data and cjson.decode(data)) then return end",
        "",
        "a_job_that_comes_to_rest_owes_nothing",
        CLOSING,
    ),
    Mutation(
        "a retry does again what was taken back",
        "if opener ~= '' and was_closed_early(id, number(opener), closing) then",
        "if false then",
        "what_is_to_be_closed_is_open_while_it_is_worked_on",
        CLOSING,
    ),
    Mutation(
        "what was taken back is not owed any more",
        "if closing ~= '' then redis.call('HDEL', step_key(id, number(closing)), 'owed') end",
        "",
        "an_unfinished_job_comes_to_its_end",
        CLOSING,
    ),
    Mutation(
        "who owes something is due at once",
        "if number(step_get(id, owed[1], 'lease')) <= NOW then due(id, NOW) end",
        "",
        "an_unfinished_job_has_something_due",
        Scope((UPGRADE,), 1, 1, formed={"a": ["h1"]}, left=budget(1, 0, 0), waits=(None,)),
    ),
    Mutation(
        "a lost lease is fenced out",
        "return step_get(a.job, a.index, 'token') ~= a.token end",
        "return false end",
        "the_ledger_never_refuses_a_celery_worker",
        ONE,
    ),
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
    Mutation(
        "who shares does not come beside who has a cluster for itself",
        "return is_shared(id) and is_held_by_sharers(cluster)",
        "return is_shared(id)",
        "who_shares_a_cluster_shares_it_with_nobody_else",
        SHARING,
    ),
    Mutation(
        "the last that shares lets the cluster go",
        "redis.call('SET', holder_key(cluster), others[1])",
        "redis.call('SET', holder_key(cluster), id)",
        "a_finished_job_holds_no_lock",
        SHARING,
    ),
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
        "a step that is held is busy",
        "if number(step_get(id, i, 'lease')) > NOW then return {'busy', 0} end",
        "",
        "a_cluster_is_worked_on_by_one",
        ONE,
    ),
    Mutation(
        "a plan is recorded on the record that it rests on",
        "if is_moved() then return {'moved', ''} end",
        "",
        "no_job_is_made_of_a_plan_that_the_record_left_behind",
        Scope((ADD2, REMOVE1), 2, formed={"a": ["h1"]}, left=budget(0, 0, 0)),
    ),
    Mutation(
        "a job that waited is planned anew",
        "return job_get(id, 'replan') == '1' or is_overtaken(id)",
        "return false",
        "nothing_touches_a_host_when_the_record_moved_on",
        formed(0, 0),
    ),
    Mutation(
        "what a retry has seen tells what is done from then on",
        "if step_get(id, i, 'name') == 'observe' and #tail(id) > 0 then",
        "if step_get(id, i, 'name') == 'observe' and not begun(id) and #tail(id) > 0 then",
        "who_leads_as_last_seen_goes_last",
        LEADING,
    ),
    Mutation(
        "a plan made anew keeps what has begun",
        "if begun(id) then return a.kept end",
        "if begun(id) then return 0 end",
        "a_done_step_is_not_applied_again",
        LEADING,
    ),
    Mutation(
        "who was overtaken does not go on",
        "if not is_overtaken(id) then return nil end\n  return 'overtaken '",
        "if true then return nil end\n  return 'overtaken '",
        "nothing_touches_a_host_when_the_record_moved_on",
        formed(1, 1),
    ),
    Mutation(
        "who was overtaken in the queue goes back to rest",
        "if job_get(id, 'origin') == '' or not is_overtaken(id) then return true end",
        "if true then return true end",
        "nothing_touches_a_host_when_the_record_moved_on",
        formed(1, 1),
    ),
    Mutation(
        "a finished job lets its cluster go",
        "redis.call('DEL', holder_key(cluster))\n  return true",
        "return true",
        "a_finished_job_holds_no_lock",
        ONE,
    ),
    Mutation(
        "the next in the queue starts",
        "if may_start(id) then start(id, false) end",
        "",
        "an_unfinished_job_has_something_due",
        formed(0, 0),
    ),
    Mutation(
        "a published job is due again after its grace",
        "due(id, NOW + a.grace)\nend\n\n-- What only looks",
        "end\n\n-- What only looks",
        "an_unfinished_job_has_something_due",
        ONE,
    ),
    Mutation(
        "one job at a time holds a cluster",
        "if may_begin(id) then start(id, true) else",
        "if true then start(id, true) else",
        "a_job_at_work_holds_its_cluster",
        formed(0, 0),
    ),
    Mutation(
        "a cancelled rollback goes back to stuck",
        "if job_get(id, 'direction') == 'undo' then back_to_rest(id, wish()) "
        "else cancelled(id, wish()) end",
        "cancelled(id, wish())",
        "a_cancel_never_hides_stuck",
        STUCK,
    ),
    Mutation(
        "what a cancelled job has begun stays reserved",
        "move_job(id, 'cancelled', data)\n  if not begun(id) then release(id) end",
        "move_job(id, 'cancelled', data)\n  release(id)",
        "no_host_is_free_that_carries_something",
        ONE,
    ),
    Mutation(
        "an undone step puts back what it wrote",
        "if undo then put_back(id, i) else",
        "if not undo then",
        "a_node_of_a_record_carries_microk8s",
        Scope(
            (Template("a", "add-nodes", "h2", "h3"),),
            1,
            1,
            formed={"a": ["h1"]},
            left=budget(1, 0, 2),
        ),
    ),
    Mutation(
        "a cluster that is not destroyed after all is formed again",
        "if undo then put_back(id, i) else",
        "if not undo then",
        "a_destroy_that_is_rolled_back_leaves_the_cluster_formed",
        Scope((DESTROY,), 1, 1, formed={"a": ["h1", "h2"]}, left=budget(2, 0, 0)),
    ),
    Mutation(
        "only what was begun is undone",
        "if not PASSED[step_get(id, i, 'status')] and has_begun(id, i) then",
        "if not PASSED[step_get(id, i, 'status')] then",
        "an_undo_runs_only_on_what_its_job_applied",
        FAILING,
    ),
    Mutation(
        "a rollback has behind it what it passed over",
        "if not PASSED[step_get(id, i, 'status')] and has_begun(id, i) then",
        "if step_get(id, i, 'status') ~= 'undone' and has_begun(id, i) then",
        "an_unfinished_job_comes_to_its_end",
        Scope((SAVE_ALSO,), 1, 1, formed={"a": ["h1"]}, left=budget(0, 0, 1)),
    ),
    Mutation(
        "a host of another cluster is in the way",
        "if owner ~= '' and owner ~= cluster then return host .. ' ' .. owner end",
        "",
        "a_host_has_one_owner_and_one_reserver",
        Scope((A1, B), 2, left=budget(1, 0, 0)),
    ),
    Mutation(
        "a host that a job may go on with is in the way",
        "return host .. ' ' .. owner .. ' ' .. by",
        "return nil",
        "a_job_that_may_go_on_keeps_its_hosts",
        Scope(
            (ADD2, Template("a", "add-nodes", "h2", "h3")),
            2,
            formed={"a": ["h1"]},
            left=budget(1, 0, 1),
        ),
    ),
    Mutation(
        "a retry opens what failed only",
        "if status == 'failed' or status == 'retrying' or looks_again then",
        "if status ~= 'pending' then",
        "a_done_step_is_not_applied_again",
        FAILING,
    ),
    Mutation(
        "only who made a record takes it back",
        "if row[1] == id and row[2] == 'forming' then",
        "if row[1] == id or row[2] == 'forming' then",
        "only_the_job_that_made_a_record_takes_it_back",
        Scope((A2, ADD2), 2, posts=1, left=budget(2, 0, 1)),
    ),
    Mutation(
        "a plan made anew is taken",
        "if not awaits_plan(id) then return 'stale' end\n  if begun(id)",
        "if true then return 'stale' end\n  if begun(id)",
        "an_unfinished_job_comes_to_its_end",
        formed(0, 0),
    ),
    Mutation(
        "a write counts as one",
        "redis.call('HSET', step_key(id, i), 'former', cjson.encode(former))\n  wrote(id)",
        "redis.call('HSET', step_key(id, i), 'former', cjson.encode(former))",
        "nothing_touches_a_host_when_the_record_moved_on",
        formed(1, 1),
    ),
    Mutation(
        "a job that is at its end frees what it holds",
        "'rolled-back' or 'succeeded')\n    release(id)",
        "'rolled-back' or 'succeeded')",
        "a_finished_job_holds_no_lock",
        formed(0, 0),
    ),
    Mutation(
        "a step of lost hosts alone is left out",
        "if status ~= 'done' and status ~= 'left-out' then",
        "if status ~= 'done' then",
        "the_ledger_never_refuses_a_celery_worker",
        LOSING,
    ),
    Mutation(
        "what was done keeps its record without lost hosts",
        "add_steps(id, a.step_names, a.kept)",
        "add_steps(id, a.step_names, 0)",
        "a_done_step_is_not_applied_again",
        LOSING,
    ),
    Mutation(
        "what is carried out is planned without lost hosts",
        "redis.call('HSET', job_key(id), 'plan', a.plan,",
        "redis.call('HSETNX', job_key(id), 'plan', a.plan)\n  redis.call('HSET', job_key(id),",
        "a_host_that_was_given_up_is_left_alone",
        LOSING,
    ),
    Mutation(
        "a lost host does not come any more",
        "for _, host in ipairs(cjson.decode(a.without)) do leave_out(id, host) end",
        "",
        "a_host_that_was_given_up_does_not_come",
        LOSING,
    ),
    Mutation(
        "a forgotten cluster's hosts are free",
        "if host and redis.call('HGET', host_key(host), 'cluster') == cluster then",
        "if false then",
        "a_host_has_one_owner_and_one_reserver",
        Scope((DESTROY,), 1, 1, formed={"a": ["h1"]}, left=budget(0, 0, 0)),
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
