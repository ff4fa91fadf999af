"""Whose a host is, and which hosts are given up."""

from model_kinds import Template
from model_moves import Scope
from model_scopes import A1, ADD2, ADD2_3, DESTROY, B, budget
from mutation import ONE, Mutation

LOSING = Scope(
    (ADD2_3,),
    1,
    1,
    formed={"a": ["h1"]},
    left=budget(2, 0, 1),
    verbs=("cancel",),
    lost=("h2", "h3"),
)

HOST_MUTATIONS = (
    Mutation(
        "what a cancelled job has begun stays reserved",
        "move_job(id, 'cancelled', data)\n  if not begun(id) then release(id) end",
        "move_job(id, 'cancelled', data)\n  release(id)",
        "no_host_is_free_that_carries_something",
        ONE,
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
        "a forgotten cluster's hosts are free",
        "if host and redis.call('HGET', host_key(host), 'cluster') == cluster then",
        "if false then",
        "a_host_has_one_owner_and_one_reserver",
        Scope((DESTROY,), 1, 1, formed={"a": ["h1"]}, left=budget(0, 0, 0)),
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
)
