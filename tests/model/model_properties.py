"""What must always be true, each a function of its own; a text says what is not.

Properties judge what happened: the world before a move, the one after it, and what the move did.
"""

import json

from model_kinds import CLOSES, PUTS
from model_world import asks_a_person, jobs_of, places, steps_of

from workflows.states import CARRIED_OUT, FINISHED, PASSED

OVER = {"succeeded", "rolled-back", "outdated", "rejected", "expired"}
"""Statuses that leave nothing to go on with."""


def _jobs(world):
    for job in jobs_of(world["db"]):
        yield job, world["db"][f"cw:job:{job}"]


def _step(world, job, index):
    return world["db"].get(f"cw:job:{job}:step:{index}", {})


def _planned_step(world, job, index):
    return json.loads(world["db"][f"cw:job:{job}"]["plan"])["steps"][index]


def the_ledger_never_refuses_a_celery_worker(happened):
    return happened.broken


def no_job_is_made_of_a_plan_that_the_record_left_behind(happened):
    job = happened.took_stale
    return f"{job} was made of a plan that rests on the record of before" if job else ""


def a_cluster_is_worked_on_by_one(happened):
    """One that stood still and writes later does not count: it is fenced out."""
    at_work = {}
    for worker in filter(None, happened.after["workers"]):
        job = worker["job"]
        row = happened.after["db"][f"cw:job:{job}"]
        if worker["paused"] or worker["does"] == "plan" or row["lock"] == "none":
            continue
        if row["lock"] == "shared" and worker["token"] != "lost":
            job = "those that share it"
        other = at_work.setdefault(row["cluster"], job)
        if other is not job:
            return f"{job} and {other} work on {row['cluster']} at once"
        if worker["token"] == "lost":
            return f"a second Celery worker works on step {worker['index']} of {job}"
    return ""


def a_host_has_one_owner_and_one_reserver(happened):
    db = happened.after["db"]
    for key, row in db.items():
        if key.startswith("cw:cluster:"):
            cluster = key.removeprefix("cw:cluster:")
            for field in row:
                kind, _, host = field.partition(":")
                if kind in {"node", "coming"} and db[f"cw:host:{host}"]["cluster"] != cluster:
                    return f"{host} is {kind} of {cluster} and its own row does not say so"
        if not key.startswith("cw:host:"):
            continue
        host, by = key.removeprefix("cw:host:"), row.get("reserved_by", "")
        if by and db[f"cw:job:{by}"]["cluster"] != row["cluster"]:
            return f"{host} is of {row['cluster'] or 'no cluster'} and reserved by {by} of another"
        record = db.get(f"cw:cluster:{row['cluster']}", {})
        if row["cluster"] and not by and f"node:{host}" not in record:
            return f"{host} is of {row['cluster']}, and neither a node of it nor reserved by a job"
    return ""


def a_job_that_may_go_on_keeps_its_hosts(happened):
    """A job that has begun and rests has what it holds, unless another has overtaken it."""
    db = happened.after["db"]
    for job, row in _jobs(happened.after):
        if row["status"] in OVER or job in happened.after["stale"]:
            continue
        record = db.get(f"cw:cluster:{row['cluster']}", {})
        for host in db.get(f"cw:job:{job}:holds", []):
            if _reserver(db, host) != job and f"node:{host}" not in record:
                return f"{host} was taken from {job}, which may still go on"
    return ""


def an_unfinished_job_has_something_due(happened):
    db = happened.after["db"]
    for job, row in _jobs(happened.after):
        status, cluster = row["status"], row["cluster"]
        if status in FINISHED:
            continue
        if status == "queued":
            holder = db.get(f"cw:holder:{cluster}", "")
            if job not in db.get(f"cw:queue:{cluster}", []):
                return f"{job} is queued and stands in no queue"
            if not holder or db[f"cw:job:{holder}"]["status"] in FINISHED:
                return f"{job} is queued behind no job that is at work"
        elif job not in db.get("cw:due", {}) and not asks_a_person(db, job):
            return f"{job} is {status} and nothing of it is due"
    return ""


def _holders(db, cluster):
    return {db.get(f"cw:holder:{cluster}", ""), *db.get(f"cw:sharers:{cluster}", [])}


def who_shares_a_cluster_shares_it_with_nobody_else(happened):
    db = happened.after["db"]
    for key, sharers in db.items():
        if key.startswith("cw:sharers:") and db.get(f"cw:holder:{key[11:]}") not in sharers:
            return f"{sharers} share {key[11:]}, and {db.get('cw:holder:' + key[11:])} holds it"
    for job, row in _jobs(happened.after):
        holders = _holders(db, row["cluster"])
        if row["lock"] == "exclusive" and job in holders and holders - {job, ""}:
            return f"{job} has {row['cluster']} for itself, and so has {max(holders - {job, ''})}"
    return ""


def a_job_at_work_holds_its_cluster(happened):
    db = happened.after["db"]
    for job, row in _jobs(happened.after):
        if (
            row["status"] in CARRIED_OUT
            and row["lock"] != "none"
            and job not in _holders(db, row["cluster"])
        ):
            return f"{job} is {row['status']} and does not hold {row['cluster']}"
    return ""


def a_finished_job_holds_no_lock(happened):
    db = happened.after["db"]
    for job, row in _jobs(happened.after):
        if row["status"] not in FINISHED:
            continue
        if job in _holders(db, row["cluster"]):
            return f"{job} is {row['status']} and holds {row['cluster']}"
        if job in db.get(f"cw:queue:{row['cluster']}", []) or job in db.get("cw:due", {}):
            return f"{job} is {row['status']} and still waits for something"
        if any(step.get("token") for step in steps_of(db, job)):
            return f"{job} is {row['status']} and a Celery worker holds a lease of it"
        held = [host for host in happened.after["carries"] if _reserver(db, host) == job]
        if held and row["status"] in OVER:
            return f"{job} is {row['status']} and has {held[0]} reserved"
    return ""


def _reserver(db, host):
    return db[f"cw:host:{host}"].get("reserved_by", "")


def a_done_step_is_not_applied_again(happened):
    """But for what was taken back: all between an opener and what closed it too early."""
    for job, _ in _jobs(happened.before):
        if happened.asked == ("retry", job) and _was_closed_early(happened.before["db"], job):
            continue
        for index, step in enumerate(steps_of(happened.before["db"], job)):
            now = _step(happened.after, job, index)
            if step["status"] != "done" or step["name"] == "observe":
                continue
            if not now or now["status"] not in {"done", "undoing", *PASSED}:
                return f"step {index} of {job} was done and is {now.get('status', 'gone')}"
    return ""


def a_patience_has_an_end(happened):
    """Who has waited for as long as it may has failed, and the next attempt begins afresh."""
    if not happened.in_vain:
        return ""
    step = _step(happened.after, *happened.in_vain)
    for field in ("token", "waits_for", "waits_since"):
        if step.get(field):
            job, index = happened.in_vain
            return f"step {index} of {job} has waited in vain, and it has {field} still"
    return ""


def _was_closed_early(db, job):
    statuses = [step["status"] for step in steps_of(db, job) if step["name"] != "observe"]
    closes = any(s["name"] == CLOSES and s["status"] == "done" for s in steps_of(db, job))
    return closes and set(statuses) != {"done"}


def a_job_that_comes_to_rest_owes_nothing(happened):
    """Unless the very step that was to take something back was given up."""
    for job, row in _jobs(happened.after):
        before = happened.before["db"].get(f"cw:job:{job}", {}).get("status")
        if row["status"] not in FINISHED - {"stuck"} or before not in CARRIED_OUT:
            continue
        steps = steps_of(happened.after["db"], job)
        given_up = any(s["name"] == CLOSES and s["status"] == "failed" for s in steps)
        left = [place for place in happened.after["open"] if place.startswith(f"{job} ")]
        if left and not given_up:
            return f"{job} is {row['status']}, and what was opened by {left[0]} is open still"
    return ""


def only_what_is_open_is_closed_before_a_job_rests(happened):
    if not happened.touches:
        return ""
    job, index, does = happened.touches
    if happened.after["db"][f"cw:job:{job}"]["status"] != "closing":
        return ""
    row = _planned_step(happened.after, job, index)
    is_open = {*places(job, row)} & {*happened.before["open"]}
    if does != "run" or row["name"] != CLOSES or not is_open:
        return f"{job} is to rest, and step {index} ({does} {row['name']}) begins"
    return ""


def what_is_to_be_closed_is_open_while_it_is_worked_on(happened):
    if not happened.touches or happened.touches[2] != "run":
        return ""
    job, index, _ = happened.touches
    row = _planned_step(happened.after, job, index)
    if row["name"] == "upgrade" and not {*places(job, row)} <= {*happened.before["open"]}:
        return f"step {index} of {job} begins, and what its opener did was taken back"
    return ""


def who_leads_as_last_seen_goes_last(happened):
    """Unless a step that has begun would be left half done."""
    if not happened.touches or not happened.before["seen"]:
        return ""
    job, index, does = happened.touches
    row = _planned_step(happened.after, job, index)
    is_first = _step(happened.before, job, index).get("attempt", "0") == "0"
    leader = happened.before["seen"]
    if (does, row["name"], row["hosts"]) == ("run", "leave", [leader]) and is_first:
        return f"step {index} of {job} takes out {leader}, which was seen to lead"
    return ""


def a_retry_never_undoes(happened):
    if not happened.touches:
        return ""
    job, index, does = happened.touches
    row = happened.after["db"][f"cw:job:{job}"]
    wish = happened.after["wish"][job]
    if does == "undo" and wish == "apply" and row["on_failure"] != "rollback":
        return f"step {index} of {job} is undone, and nobody asked for a rollback since its retry"
    if does == "run" and wish == "undo":
        return f"step {index} of {job} is applied, and a rollback was asked for"
    return ""


def an_undo_runs_only_on_what_its_job_applied(happened):
    if not happened.touches or happened.touches[2] != "undo":
        return ""
    job, index, _ = happened.touches
    row = _planned_step(happened.after, job, index)
    for host in row["hosts"]:
        carries = happened.before["carries"][host]
        if row["name"] in PUTS and carries not in {"", job}:
            return f"the undo of step {index} of {job} takes from {host} what {carries} put there"
    if _step(happened.before, job, index).get("attempt", "0") == "0":
        return f"step {index} of {job} is undone and was never begun"
    return ""


def nothing_touches_a_host_when_the_record_moved_on(happened):
    if not happened.touches:
        return ""
    job, index, does = happened.touches
    db = happened.after["db"]
    if job in happened.before["stale"] and job in happened.after["stale"]:
        row = db[f"cw:job:{job}"]
        if row["lock"] != "none" and _step(happened.after, job, index)["name"] != "observe":
            return f"step {index} of {job} ({does}) rests on a record that another job has changed"
    return ""


def a_host_is_taken_only_when_it_is_free(happened):
    if not happened.touches or happened.touches[2] != "run":
        return ""
    job, index, _ = happened.touches
    db = happened.after["db"]
    row = _planned_step(happened.after, job, index)
    cluster = db[f"cw:job:{job}"]["cluster"]
    for host in row["hosts"]:
        carries = happened.before["carries"][host]
        other = db.get(f"cw:job:{carries}", {}).get("cluster", cluster)
        if row["name"] in PUTS and other != cluster:
            return f"step {index} of {job} puts MicroK8s on {host}, where that of {other} is"
        if db[f"cw:host:{host}"]["cluster"] != cluster:
            return f"step {index} of {job} works on {host}, which is not of {cluster}"
    return ""


def a_node_of_a_record_carries_microk8s(happened):
    db = happened.after["db"]
    for key, row in db.items():
        if not key.startswith("cw:cluster:"):
            continue
        for field in row:
            host = field.removeprefix("node:")
            if host != field and not happened.after["carries"][host]:
                return f"{host} is a node of {key[11:]} and carries no MicroK8s"
    return ""


def no_host_is_free_that_carries_something(happened):
    for host, job in happened.after["carries"].items():
        if job and not happened.after["db"][f"cw:host:{host}"]["cluster"]:
            return f"{host} is free and carries what {job} put there"
    return ""


def a_cancel_never_hides_stuck(happened):
    for job, row in _jobs(happened.after):
        stuck = [step for step in steps_of(happened.after["db"], job) if step["status"] == "stuck"]
        if stuck and row["status"] not in {"stuck", "queued", "rolling-back"}:
            return f"{job} is {row['status']} and its step {stuck[0]['name']} is stuck"
    return ""


def a_job_rests_as_it_is(happened):
    """Nothing is undone of a job that failed or was cancelled; all of one that is rolled back."""
    for job, row in _jobs(happened.after):
        statuses = {step["status"] for step in steps_of(happened.after["db"], job)}
        undone = statuses & {"undoing", *PASSED}
        if row["status"] in {"failed", "cancelled", "succeeded"} and undone:
            return f"{job} is {row['status']} and a step of it is {min(undone)}"
        if row["status"] == "succeeded" and statuses - {"done", "left-out"}:
            return f"{job} succeeded and a step of it is {min(statuses - {'done', 'left-out'})}"
    return ""


def a_destroy_that_is_rolled_back_leaves_the_cluster_formed(happened):
    db = happened.after["db"]
    for job, row in _jobs(happened.after):
        record = db.get(f"cw:cluster:{row['cluster']}", {})
        if (
            (row["kind"], row["status"]) == ("destroy-cluster", "rolled-back")
            and db[f"cw:revision:{row['cluster']}"]["by"] == job
            and record.get("phase") == "destroying"
        ):
            return f"{job} is rolled back and {row['cluster']} is still said to be destroyed by it"
    return ""


def only_the_job_that_made_a_record_takes_it_back(happened):
    before, after = happened.before["db"], happened.after["db"]
    for key, row in before.items():
        if not key.startswith("cw:cluster:") or key in after:
            continue
        by = after[f"cw:revision:{key[11:]}"]["by"]
        forgets = any(
            step["name"] == "remove" and step["status"] == "done" for step in steps_of(after, by)
        )
        if row["made_by"] != by and not forgets:
            return f"{by} takes back the record of {key[11:]}, which {row['made_by']} made"
    return ""


def nothing_begins_that_is_to_be_approved_and_is_not(happened):
    if not happened.touches:
        return ""
    job, index, _ = happened.touches
    row = happened.after["db"][f"cw:job:{job}"]
    if row.get("approval") and not row.get("approved"):
        return f"step {index} of {job} begins, and nobody has approved it"
    return ""


def what_waits_for_approval_holds_nothing(happened):
    db = happened.after["db"]
    for job, row in _jobs(happened.after):
        if row["status"] != "awaiting-approval":
            continue
        held = [host for host in happened.after["carries"] if _reserver(db, host) == job]
        in_queue = job in db.get(f"cw:queue:{row['cluster']}", [])
        if held or in_queue or job in _holders(db, row["cluster"]):
            return f"{job} waits for approval and holds {held or row['cluster']}"
    return ""


def a_host_that_was_given_up_is_left_alone(happened):
    if not happened.touches or happened.touches[2] != "run":
        return ""
    job, index, _ = happened.touches
    for host in _planned_step(happened.after, job, index)["hosts"]:
        if [job, host] in happened.before["lost"]:
            return f"step {index} of {job} works on {host}, which was given up"
    return ""


def a_host_that_was_given_up_does_not_come(happened):
    db = happened.after["db"]
    for job, host in happened.after["lost"]:
        record = db.get(f"cw:cluster:{db[f'cw:job:{job}']['cluster']}", {})
        if f"coming:{host}" in record and _reserver(db, host) == job:
            return f"{host} was given up with {job}, and is to come to the cluster"
    return ""


def nothing_is_set_aside(happened):
    aside = happened.after["db"].get("cw:set-aside", {})
    return f"{min(aside)} is set aside: {aside[min(aside)]}" if aside else ""


PROPERTIES = (
    the_ledger_never_refuses_a_celery_worker,
    nothing_is_set_aside,
    no_job_is_made_of_a_plan_that_the_record_left_behind,
    nothing_touches_a_host_when_the_record_moved_on,
    a_cluster_is_worked_on_by_one,
    a_host_has_one_owner_and_one_reserver,
    nothing_begins_that_is_to_be_approved_and_is_not,
    what_waits_for_approval_holds_nothing,
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
