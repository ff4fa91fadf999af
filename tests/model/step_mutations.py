"""How a step is begun, done again and undone."""

from model_kinds import Template
from model_moves import Scope
from model_scopes import A2, ADD2, DESTROY, REMOVE1, SAVE_ALSO, budget
from mutation import LEADING, ONE, Mutation

FAILING = Scope((A2,), 1, posts=1, left=budget(2, 0, 2))
STUCK = Scope(
    (ADD2, REMOVE1),
    2,
    1,
    formed={"a": ["h1"]},
    left=budget(3, 0, 2),
    verbs=("rollback", "cancel"),
    delays=(None,),
)

STEP_MUTATIONS = (
    Mutation(
        "a lost lease is fenced out",
        "return step_get(a.job, a.index, 'token') ~= a.token end",
        "return false end",
        "the_ledger_never_refuses_a_celery_worker",
        ONE,
    ),
    Mutation(
        "a step that is held is busy",
        "if number(step_get(id, i, 'lease')) > NOW then return {'busy', 0} end",
        "",
        "a_cluster_is_worked_on_by_one",
        ONE,
    ),
    Mutation(
        "a published job is due again after its grace",
        "due(id, NOW + a.grace)\nend\n\n-- What only looks",
        "end\n\n-- What only looks",
        "an_unfinished_job_has_something_due",
        ONE,
    ),
    Mutation(
        "what a retry has seen tells what is done from then on",
        "if step_get(id, i, 'name') == 'observe' and #tail(id) > 0 then",
        "if step_get(id, i, 'name') == 'observe' and not begun(id) and #tail(id) > 0 then",
        "who_leads_as_last_seen_goes_last",
        LEADING,
    ),
    Mutation(
        "a retry opens what failed only",
        "if status == 'failed' or status == 'retrying' or looks_again then",
        "if status ~= 'pending' then",
        "a_done_step_is_not_applied_again",
        FAILING,
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
        "only who made a record takes it back",
        "if row[1] == id and row[2] == 'forming' then",
        "if row[1] == id or row[2] == 'forming' then",
        "only_the_job_that_made_a_record_takes_it_back",
        Scope((A2, ADD2), 2, posts=1, left=budget(2, 0, 1)),
    ),
)
