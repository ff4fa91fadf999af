"""What must always be true, each a function of its own; a text says what is not.

Properties judge what happened: the world before a move, the one after it, and what the move did.
"""

from holding_properties import (
    a_destroy_that_is_rolled_back_leaves_the_cluster_formed,
    a_host_has_one_owner_and_one_reserver,
    a_host_is_taken_only_when_it_is_free,
    a_host_that_was_given_up_does_not_come,
    a_host_that_was_given_up_is_left_alone,
    a_job_that_may_go_on_keeps_its_hosts,
    a_node_of_a_record_carries_microk8s,
    no_host_is_free_that_carries_something,
    no_job_is_made_of_a_plan_that_the_record_left_behind,
    nothing_touches_a_host_when_the_record_moved_on,
    only_the_job_that_made_a_record_takes_it_back,
    who_leads_as_last_seen_goes_last,
)
from outcome_properties import (
    a_cancel_never_hides_stuck,
    a_done_step_is_not_applied_again,
    a_job_rests_as_it_is,
    a_job_that_comes_to_rest_owes_nothing,
    a_retry_never_undoes,
    an_undo_runs_only_on_what_its_job_applied,
    only_what_is_open_is_closed_before_a_job_rests,
    what_is_to_be_closed_is_open_while_it_is_worked_on,
)
from turn_properties import (
    a_cluster_is_worked_on_by_one,
    a_finished_job_holds_no_lock,
    a_job_at_work_holds_its_cluster,
    a_patience_has_an_end,
    an_unfinished_job_has_something_due,
    nobody_approves_what_they_have_asked_for,
    nothing_begins_that_a_freeze_keeps_back,
    nothing_begins_that_is_to_be_approved_and_is_not,
    nothing_is_set_aside,
    the_ledger_never_refuses_a_celery_worker,
    what_waits_for_a_freeze_holds_no_cluster,
    what_waits_for_approval_holds_nothing,
    who_shares_a_cluster_shares_it_with_nobody_else,
)

PROPERTIES = (
    nobody_approves_what_they_have_asked_for,
    the_ledger_never_refuses_a_celery_worker,
    nothing_is_set_aside,
    no_job_is_made_of_a_plan_that_the_record_left_behind,
    nothing_touches_a_host_when_the_record_moved_on,
    a_cluster_is_worked_on_by_one,
    a_host_has_one_owner_and_one_reserver,
    nothing_begins_that_is_to_be_approved_and_is_not,
    what_waits_for_approval_holds_nothing,
    nothing_begins_that_a_freeze_keeps_back,
    what_waits_for_a_freeze_holds_no_cluster,
    a_host_is_taken_only_when_it_is_free,
    a_job_that_may_go_on_keeps_its_hosts,
    an_unfinished_job_has_something_due,
    a_job_at_work_holds_its_cluster,
    who_shares_a_cluster_shares_it_with_nobody_else,
    a_finished_job_holds_no_lock,
    a_done_step_is_not_applied_again,
    an_undo_runs_only_on_what_its_job_applied,
    a_node_of_a_record_carries_microk8s,
    no_host_is_free_that_carries_something,
    a_patience_has_an_end,
    who_leads_as_last_seen_goes_last,
    a_retry_never_undoes,
    a_cancel_never_hides_stuck,
    a_job_rests_as_it_is,
    a_destroy_that_is_rolled_back_leaves_the_cluster_formed,
    a_job_that_comes_to_rest_owes_nothing,
    only_what_is_open_is_closed_before_a_job_rests,
    what_is_to_be_closed_is_open_while_it_is_worked_on,
    only_the_job_that_made_a_record_takes_it_back,
    a_host_that_was_given_up_is_left_alone,
    a_host_that_was_given_up_does_not_come,
)


def broken(happened):
    """Yield the name of each property that does not hold, and what is not true."""
    for holds in PROPERTIES:
        breach = holds(happened)
        if breach:
            yield holds.__name__, breach
