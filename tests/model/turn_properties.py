"""What must always be true of turns: who has a cluster, who waits for whom, and what is due."""

from model_reads import OVER, each_job, holders_of, reserver, step_hash
from model_world import asks_a_person, calendar_of, steps_of

from workflows.states import CARRIED_OUT, FINISHED


def the_ledger_never_refuses_a_celery_worker(happened):
    return happened.broken


def nothing_is_set_aside(happened):
    aside = happened.after["db"].get("cw:set-aside", {})
    return f"{min(aside)} is set aside: {aside[min(aside)]}" if aside else ""


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


def an_unfinished_job_has_something_due(happened):
    db = happened.after["db"]
    for job, row in each_job(happened.after):
        status, cluster = row["status"], row["cluster"]
        if status in FINISHED:
            continue
        if status == "queued" and job in db.get("cw:openings", {}):
            if job in db.get(f"cw:queue:{cluster}", []):
                return f"{job} waits for a freeze to end, and stands in the queue too"
        elif status == "queued":
            holder = db.get(f"cw:holder:{cluster}", "")
            if job not in db.get(f"cw:queue:{cluster}", []):
                return f"{job} is queued and stands in no queue"
            if not holder or db[f"cw:job:{holder}"]["status"] in FINISHED:
                return f"{job} is queued behind no job that is at work"
        elif job not in db.get("cw:due", {}) and not asks_a_person(db, job):
            return f"{job} is {status} and nothing of it is due"
    return ""


def who_shares_a_cluster_shares_it_with_nobody_else(happened):
    db = happened.after["db"]
    for key, sharers in db.items():
        if key.startswith("cw:sharers:") and db.get(f"cw:holder:{key[11:]}") not in sharers:
            return f"{sharers} share {key[11:]}, and {db.get('cw:holder:' + key[11:])} holds it"
    for job, row in each_job(happened.after):
        holders = holders_of(db, row["cluster"])
        if row["lock"] == "exclusive" and job in holders and holders - {job, ""}:
            return f"{job} has {row['cluster']} for itself, and so has {max(holders - {job, ''})}"
    return ""


def a_job_at_work_holds_its_cluster(happened):
    db = happened.after["db"]
    for job, row in each_job(happened.after):
        if (
            row["status"] in CARRIED_OUT
            and row["lock"] != "none"
            and job not in holders_of(db, row["cluster"])
        ):
            return f"{job} is {row['status']} and does not hold {row['cluster']}"
    return ""


def a_finished_job_holds_no_lock(happened):
    db = happened.after["db"]
    for job, row in each_job(happened.after):
        if row["status"] not in FINISHED:
            continue
        if job in holders_of(db, row["cluster"]):
            return f"{job} is {row['status']} and holds {row['cluster']}"
        if job in db.get(f"cw:queue:{row['cluster']}", []) or job in db.get("cw:due", {}):
            return f"{job} is {row['status']} and still waits for something"
        if any(step.get("token") for step in steps_of(db, job)):
            return f"{job} is {row['status']} and a Celery worker holds a lease of it"
        held = [host for host in happened.after["carries"] if reserver(db, host) == job]
        if held and row["status"] in OVER:
            return f"{job} is {row['status']} and has {held[0]} reserved"
    return ""


def nothing_begins_that_is_to_be_approved_and_is_not(happened):
    if not happened.touches:
        return ""
    job, index, _ = happened.touches
    row = happened.after["db"][f"cw:job:{job}"]
    if row.get("approval") and not row.get("approved"):
        return f"step {index} of {job} begins, and nobody has approved it"
    return ""


def nobody_approves_what_they_have_asked_for(happened):
    for job, row in each_job(happened.after):
        if row.get("approved_by") and row["approved_by"] == row.get("requested_by"):
            return f"{job} is approved by {row['approved_by']}, who has asked for it"
    return ""


def nothing_begins_that_a_freeze_keeps_back(happened):
    before, after = happened.before["db"], happened.after["db"]
    for job, row in each_job(happened.after):
        was = before.get(f"cw:job:{job}", {}).get("status", "")
        is_begun = was != "running" and row["status"] == "running"
        steps = [key for key in after if key.startswith(f"cw:job:{job}:step:")]
        fresh = all(int(after[key]["attempt"]) == 0 for key in steps)
        if is_begun and fresh and row["lock"] != "none" and calendar_of(after)["frozen"] == "1":
            return f"{job} begins while its cluster is frozen"
    return ""


def what_waits_for_a_freeze_holds_no_cluster(happened):
    db = happened.after["db"]
    for job in db.get("cw:openings", {}):
        cluster = db[f"cw:job:{job}"]["cluster"]
        if db.get(f"cw:holder:{cluster}") == job:
            return f"{job} waits for a freeze to end, and holds {cluster}"
        if db[f"cw:job:{job}"]["status"] != "queued":
            return f"{job} waits for a freeze to end, and is {db[f'cw:job:{job}']['status']}"
    return ""


def what_waits_for_approval_holds_nothing(happened):
    db = happened.after["db"]
    for job, row in each_job(happened.after):
        if row["status"] != "awaiting-approval":
            continue
        held = [host for host in happened.after["carries"] if reserver(db, host) == job]
        in_queue = job in db.get(f"cw:queue:{row['cluster']}", [])
        if held or in_queue or job in holders_of(db, row["cluster"]):
            return f"{job} waits for approval and holds {held or row['cluster']}"
    return ""


def a_patience_has_an_end(happened):
    """Who has waited for as long as it may has failed, and the next attempt begins afresh."""
    if not happened.in_vain:
        return ""
    step = step_hash(happened.after, *happened.in_vain)
    for field in ("token", "waits_for", "waits_since"):
        if step.get(field):
            job, index = happened.in_vain
            return f"step {index} of {job} has waited in vain, and it has {field} still"
    return ""
