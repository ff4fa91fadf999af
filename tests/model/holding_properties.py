"""What must always be true of hosts and of records: whose they are, and what rests on them."""

from model_kinds import PUTS
from model_reads import OVER, each_job, planned_step, reserver, step_hash
from model_world import steps_of


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
    for job, row in each_job(happened.after):
        if row["status"] in OVER or job in happened.after["stale"]:
            continue
        record = db.get(f"cw:cluster:{row['cluster']}", {})
        for host in db.get(f"cw:job:{job}:holds", []):
            if reserver(db, host) != job and f"node:{host}" not in record:
                return f"{host} was taken from {job}, which may still go on"
    return ""


def a_host_is_taken_only_when_it_is_free(happened):
    if not happened.touches or happened.touches[2] != "run":
        return ""
    job, index, _ = happened.touches
    db = happened.after["db"]
    row = planned_step(happened.after, job, index)
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


def a_destroy_that_is_rolled_back_leaves_the_cluster_formed(happened):
    db = happened.after["db"]
    for job, row in each_job(happened.after):
        record = db.get(f"cw:cluster:{row['cluster']}", {})
        if (
            (row["kind"], row["status"]) == ("destroy-cluster", "rolled-back")
            and db[f"cw:revision:{row['cluster']}"]["by"] == job
            and record.get("phase") == "destroying"
        ):
            return f"{job} is rolled back and {row['cluster']} is still said to be destroyed by it"
    return ""


def a_host_that_was_given_up_is_left_alone(happened):
    if not happened.touches or happened.touches[2] != "run":
        return ""
    job, index, _ = happened.touches
    for host in planned_step(happened.after, job, index)["hosts"]:
        if [job, host] in happened.before["lost"]:
            return f"step {index} of {job} works on {host}, which was given up"
    return ""


def a_host_that_was_given_up_does_not_come(happened):
    db = happened.after["db"]
    for job, host in happened.after["lost"]:
        record = db.get(f"cw:cluster:{db[f'cw:job:{job}']['cluster']}", {})
        if f"coming:{host}" in record and reserver(db, host) == job:
            return f"{host} was given up with {job}, and is to come to the cluster"
    return ""


def who_leads_as_last_seen_goes_last(happened):
    """Unless a step that has begun would be left half done."""
    if not happened.touches or not happened.before["seen"]:
        return ""
    job, index, does = happened.touches
    row = planned_step(happened.after, job, index)
    is_first = step_hash(happened.before, job, index).get("attempt", "0") == "0"
    leader = happened.before["seen"]
    if (does, row["name"], row["hosts"]) == ("run", "leave", [leader]) and is_first:
        return f"step {index} of {job} takes out {leader}, which was seen to lead"
    return ""


def no_job_is_made_of_a_plan_that_the_record_left_behind(happened):
    job = happened.took_stale
    return f"{job} was made of a plan that rests on the record of before" if job else ""


def nothing_touches_a_host_when_the_record_moved_on(happened):
    if not happened.touches:
        return ""
    job, index, does = happened.touches
    db = happened.after["db"]
    if job in happened.before["stale"] and job in happened.after["stale"]:
        row = db[f"cw:job:{job}"]
        if row["lock"] != "none" and step_hash(happened.after, job, index)["name"] != "observe":
            return f"step {index} of {job} ({does}) rests on a record that another job has changed"
    return ""
