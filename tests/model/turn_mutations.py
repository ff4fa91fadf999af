"""Whose turn it is at a cluster, and what the record says by then."""

from model_moves import Scope
from model_scopes import ADD2, REMOVE1, SAVE, SAVE_ALSO, budget
from mutation import LEADING, ONE, Mutation

SHARING = Scope((SAVE, SAVE_ALSO, ADD2), 3, 1, formed={"a": ["h1"]}, left=budget(0, 0, 0))


def formed(persons, failures):
    """A node comes and another goes."""
    return Scope((ADD2, REMOVE1), 2, 1, formed={"a": ["h1"]}, left=budget(persons, 0, failures))


TURN_MUTATIONS = (
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
        "a plan made anew is taken",
        "if not awaits_plan(id) then return 'stale' end\n  if begun(id)",
        "if true then return 'stale' end\n  if begun(id)",
        "an_unfinished_job_comes_to_its_end",
        formed(0, 0),
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
        "a write counts as one",
        "redis.call('HSET', step_key(id, i), 'former', cjson.encode(former))\n  wrote(id)",
        "redis.call('HSET', step_key(id, i), 'former', cjson.encode(former))",
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
        "one job at a time holds a cluster",
        "if may_begin(id) then start(id, true) else",
        "if true then start(id, true) else",
        "a_job_at_work_holds_its_cluster",
        formed(0, 0),
    ),
    Mutation(
        "a job that is at its end frees what it holds",
        "'rolled-back' or 'succeeded')\n    release(id)",
        "'rolled-back' or 'succeeded')",
        "a_finished_job_holds_no_lock",
        formed(0, 0),
    ),
)
