"""The whole modelled world as one value, and its canonical form: equal for what acts alike."""

import json
from hashlib import blake2b

from modelled_ledger import NOW, without_places

from workflows.states import FINISHED

TOLD_ONLY = {
    *("worked", "finished", "started", "running_since", "begun", "published", "ends_by"),
    *("observed_at", "output", "error", "owner", "why", "observation"),
    *("claims", "held_since", "held_by"),
}
"""Fields that are read by people and decide nothing."""
LEFT_OUT = {"cw:tallies", "cw:set-aside-at"}


def first_world(hosts, left, formed=None):
    """Return a world with free hosts; ``formed`` are clusters that are there, with their hosts."""
    db = {}
    formed = formed or {}
    for host in hosts:
        owner = next((name for name, nodes in formed.items() if host in nodes), "")
        db[f"cw:host:{host}"] = {"cluster": owner, "reserved_by": ""}
    for name, nodes in formed.items():
        rows = {f"node:{host}": '{"role":"control-plane","place":0}' for host in nodes}
        db[f"cw:cluster:{name}"] = {
            "name": name,
            "environment": "dev",
            "phase": "formed",
            "addons": "[]",
            "made_by": "j0",
            "revision": "1",
            **rows,
        }
        db[f"cw:revision:{name}"] = {"n": "1", "by": "j0"}
    if formed:
        db["cw:clusters"] = sorted(formed)
    carried = {host: "j0" for nodes in formed.values() for host in nodes}
    return {
        "db": db,
        "plans": [],
        "broker": [],
        "workers": [None, None],
        "carries": {host: carried.get(host, "") for host in hosts},
        "open": [],
        "wish": {},
        "stale": [],
        "lost": [],
        "leads": "",
        "seen": "",
        "left": dict(left),
    }


def as_before(db, replaced):
    """Return the ledger as it was before writes; ``replaced`` is what was there, the last first."""
    db = {key: dict(row) if isinstance(row, dict) else row for key, row in db.items()}
    for key, field, was in replaced:
        db[key].pop(field, None)
        db[key] |= {} if was is None else {field: was}
    return db


def calendar_of(db):
    """Return whether clusters are frozen, and how often that was written."""
    return db.get("cw:calendar", {"revision": "0", "frozen": "0"})


def opening_of(db):
    """Return when a job may begin, as the product's shell tells the ledger: at once, or never."""
    calendar = calendar_of(db)
    opens = "never" if calendar["frozen"] == "1" else ""
    return {"calendar": int(calendar["revision"]), "opens": opens, "closes": "", "held_by": ""}


def jobs_of(db):
    """Return the ids of the jobs, in the order in which they came."""
    return sorted(key[7:] for key in db if key.startswith("cw:job:") and key.count(":") == 2)


def steps_of(db, job):
    """Return the hashes of a job's steps, in their order."""
    count = int(db[f"cw:job:{job}"].get("steps", "0"))
    return [db.get(f"cw:job:{job}:step:{index}", {}) for index in range(count)]


def places(job, step):
    """Return by whom and where a step of a plan opens something, or closes it."""
    return [f"{job} on {host}" for host in step["hosts"]]


def job_of(key):
    return key.split(":")[2]


def is_step(key):
    return key.startswith("cw:job:") and key.split(":")[3:4] == ["step"]


def moments(world, now):
    """Return what the future holds: places of times in the ledger, with their moments."""
    db = world["db"]
    for job, score in db.get("cw:due", {}).items():
        yield ("cw:due", job), int(float(score))
    for key, row in db.items():
        if is_step(key):
            for field in ("lease", "due"):
                if field in row:
                    yield (key, field), int(row[field])
        elif "expires" in row:
            yield (key, "expires"), int(row["expires"])


def canonical(world, now=NOW):
    """Return the world, changed in place, without what tells nothing; times are ranked from now."""
    db = {
        key: value
        for key, value in world["db"].items()
        if key not in LEFT_OUT and not key.startswith(("cw:since:", "cw:jobs", "cw:job-ids"))
    }
    world["db"] = db
    _rank_times(world, now)
    _plain_counts(world)
    _number_epochs(world)
    _name_tokens(world)
    world["plans"].sort(key=_text)
    world["broker"] = sorted({_text(message) for message in world["broker"]})
    world["broker"] = [json.loads(message) for message in world["broker"]]
    world["workers"].sort(key=_text)
    return world


def _rank_times(world, now):
    """Keep the order of what is due, not the distances: other moments give no other order."""
    places = list(moments(world, now))
    ahead = sorted({at for _, at in places if at > now})
    rank = {at: place + 1 for place, at in enumerate(ahead)}
    for (key, field), at in places:
        moment = NOW + 1000 * rank[at] if at > now else NOW
        world["db"][key][field] = str(moment)


def _plain_counts(world):
    db = world["db"]
    for key, row in db.items():
        if key == "cw:openings":
            row.update(dict.fromkeys(row, "0"))
        if not isinstance(row, dict) or key in {"cw:due", "cw:openings"}:
            continue
        for field in TOLD_ONLY & row.keys():
            del row[field]
        for field, text in row.items():
            if '"place' in text:
                row[field] = without_places(text)
        row.pop("places", None)
        if is_step(key):
            row["attempt"] = str(min(int(row["attempt"]), 1))
            row["tries"] = "0"
            if "waits_since" in row:
                row["waits_since"] = "0"  # so long ago that its patience is over
        elif key.startswith("cw:job:") and "seq" in row:
            _plain_seq(world, key.removeprefix("cw:job:"), row["seq"])
            row.update(seq="0", created="0")
            if row.get("approved"):
                row["approved"] = "1"
    # Bases are the revision or are not: an older one never comes again.
    for key in [key for key in db if key.startswith("cw:revision:")]:
        cluster, now = key.removeprefix("cw:revision:"), db[key]["n"]
        for job in jobs_of(db):
            row = db[f"cw:job:{job}"]
            if row["cluster"] == cluster:
                row["basis"] = str(int(row["basis"] == now and now != "0"))
        for plan in [*world["plans"], *filter(None, world["workers"])]:
            if plan.get("planned") and plan["planned"]["cluster"] == cluster:
                plan["planned"]["basis"] = int(str(plan["planned"]["basis"]) == now != "0")
        db[key]["n"] = "1"
        if "revision" in db.get(f"cw:cluster:{cluster}", {}):
            db[f"cw:cluster:{cluster}"]["revision"] = "1"


def _plain_seq(world, job, now):
    """A Celery worker planned a job as it is, or as it was before something happened to it."""
    for worker in filter(None, world["workers"]):
        if worker["job"] == job and worker.get("planned"):
            worker["planned"]["seq"] = 0 if int(now) == worker["planned"]["seq"] else -1


def _number_epochs(world):
    """An epoch is the job's or an old one."""
    for job in jobs_of(world["db"]):
        row = world["db"][f"cw:job:{job}"]
        for message in world["broker"]:
            if message[0] == job:
                message[1] = 2 if message[1] == int(row["epoch"]) else 1
        for worker in filter(None, world["workers"]):
            if worker["job"] == job:
                worker["epoch"] = 2 if worker["epoch"] == int(row["epoch"]) else 1
        row["epoch"] = "2"


def _name_tokens(world):
    held = {}
    for key, row in world["db"].items():
        if is_step(key) and row.get("token"):
            held[row["token"]] = row["token"] = f"of {key}"
    for worker in filter(None, world["workers"]):
        if worker["token"]:
            worker["token"] = held.get(worker["token"], "lost")


def _content(db):
    """What jobs plan on: each cluster's record without what only reserves."""
    return {
        key.removeprefix("cw:cluster:"): {
            field: text
            for field, text in row.items()
            if field.startswith("node:") or field in {"phase", "addons"}
        }
        for key, row in db.items()
        if key.startswith("cw:cluster:")
    }


def note_who_wrote(before, after):
    """Note which jobs and plans somebody else has left behind."""
    old, new = _content(before["db"]), _content(after["db"])
    for cluster in {*old, *new}:
        if old.get(cluster) == new.get(cluster):
            continue
        by = after["db"].get(f"cw:revision:{cluster}", {}).get("by", "")
        behind = {
            job
            for job in jobs_of(after["db"])
            if job != by and after["db"][f"cw:job:{job}"]["cluster"] == cluster
        }
        after["stale"] = sorted({*after["stale"], *behind})
        for plan in [*after["plans"], *filter(None, after["workers"])]:
            if plan.get("planned") and plan["planned"]["cluster"] == cluster:
                plan["stale"] = plan.get("job") != by or plan["stale"]


def is_at_rest(world):
    """Whether nothing goes on by itself: all is finished, or behind one that asks a person."""
    db = world["db"]
    asked = {db[f"cw:job:{job}"]["cluster"] for job in jobs_of(db) if asks_a_person(db, job)}
    rows = {job: db[f"cw:job:{job}"] for job in jobs_of(db)}
    return all(
        row["status"] in FINISHED or row["cluster"] in asked or is_held(db, job)
        for job, row in rows.items()
    )


def is_held(db, job):
    """Whether a job waits for a freeze to end."""
    return calendar_of(db)["frozen"] == "1" and job in db.get("cw:openings", {})


def asks_a_person(db, job):
    """Whether a job waits for what a person has to do."""
    return any(step.get("asks") for step in steps_of(db, job))


def text_of(world):
    """Return a canonical world as text that is equal for equal worlds."""
    return _text(world)


def fingerprint(text):
    return blake2b(text.encode(), digest_size=8).digest()


def _text(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
