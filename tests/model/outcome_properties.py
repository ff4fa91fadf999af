"""What must always be true of what jobs do, undo and take back, and of how they rest."""

from model_kinds import CLOSES, PUTS
from model_reads import each_job, planned_step, step_hash
from model_world import places, steps_of

from workflows.states import CARRIED_OUT, FINISHED, PASSED


def a_done_step_is_not_applied_again(happened):
    """But for what was taken back: all between an opener and what closed it too early."""
    for job, _ in each_job(happened.before):
        if happened.asked == ("retry", job) and _was_closed_early(happened.before["db"], job):
            continue
        for index, step in enumerate(steps_of(happened.before["db"], job)):
            now = step_hash(happened.after, job, index)
            if step["status"] != "done" or step["name"] == "observe":
                continue
            if not now or now["status"] not in {"done", "undoing", *PASSED}:
                return f"step {index} of {job} was done and is {now.get('status', 'gone')}"
    return ""


def _was_closed_early(db, job):
    statuses = [step["status"] for step in steps_of(db, job) if step["name"] != "observe"]
    closes = any(s["name"] == CLOSES and s["status"] == "done" for s in steps_of(db, job))
    return closes and set(statuses) != {"done"}


def a_job_that_comes_to_rest_owes_nothing(happened):
    """Unless the very step that was to take something back was given up."""
    for job, row in each_job(happened.after):
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
    row = planned_step(happened.after, job, index)
    is_open = {*places(job, row)} & {*happened.before["open"]}
    if does != "run" or row["name"] != CLOSES or not is_open:
        return f"{job} is to rest, and step {index} ({does} {row['name']}) begins"
    return ""


def what_is_to_be_closed_is_open_while_it_is_worked_on(happened):
    if not happened.touches or happened.touches[2] != "run":
        return ""
    job, index, _ = happened.touches
    row = planned_step(happened.after, job, index)
    if row["name"] == "upgrade" and not {*places(job, row)} <= {*happened.before["open"]}:
        return f"step {index} of {job} begins, and what its opener did was taken back"
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
    row = planned_step(happened.after, job, index)
    for host in row["hosts"]:
        carries = happened.before["carries"][host]
        if row["name"] in PUTS and carries not in {"", job}:
            return f"the undo of step {index} of {job} takes from {host} what {carries} put there"
    if step_hash(happened.before, job, index).get("attempt", "0") == "0":
        return f"step {index} of {job} is undone and was never begun"
    return ""


def a_cancel_never_hides_stuck(happened):
    for job, row in each_job(happened.after):
        stuck = [step for step in steps_of(happened.after["db"], job) if step["status"] == "stuck"]
        if stuck and row["status"] not in {"stuck", "queued", "rolling-back"}:
            return f"{job} is {row['status']} and its step {stuck[0]['name']} is stuck"
    return ""


def a_job_rests_as_it_is(happened):
    """Nothing is undone of a job that failed or was cancelled; all of one that is rolled back."""
    for job, row in each_job(happened.after):
        statuses = {step["status"] for step in steps_of(happened.after["db"], job)}
        undone = statuses & {"undoing", *PASSED}
        if row["status"] in {"failed", "cancelled", "succeeded"} and undone:
            return f"{job} is {row['status']} and a step of it is {min(undone)}"
        if row["status"] == "succeeded" and statuses - {"done", "left-out"}:
            return f"{job} succeeded and a step of it is {min(statuses - {'done', 'left-out'})}"
    return ""
