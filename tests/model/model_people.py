"""What people do in the modelled world: they plan, post a plan, and ask things of jobs."""

import json
from types import SimpleNamespace

from model_kinds import ASKER, planned
from model_world import as_before, jobs_of, opening_of

from workflows.access import NOBODY
from workflows.ledger.refusals import FourEyes, HostTaken, NoWayBack, Overtaken
from workflows.remaining import rest_of
from workflows.states import JOB_TRANSITIONS, IllegalTransition, JobEvent

WISHES = {
    "cancel": JobEvent.CANCEL_REQUESTED,
    "retry": JobEvent.RETRY_REQUESTED,
    "rollback": JobEvent.ROLLBACK_REQUESTED,
    "approve": JobEvent.APPROVED,
    "reject": JobEvent.REJECTED,
}
ALSO = {("cancel", "queued"), ("cancel", "awaiting-approval"), ("cancel", "waiting")}
PERSONS = ("somebody ", "the plan is posted", "h")
REST = ("params", "digest", "basis", "reserves", "coming", "founds", "site", "finals")
"""What a plan made anew tells of itself, beside its steps."""


def remaining(known, plan, lost):
    """Return what remains of a job by a new plan, as the product's shell tells the ledger.

    Raises ``NotFitting``.
    """
    story = json.loads(plan["plan"])
    rows = [SimpleNamespace(as_dict=lambda row=row: row) for row in story["steps"]]
    rest = rest_of(known.plan["steps"], known.steps, SimpleNamespace(steps=rows), None, lost)
    return {
        "seq": known.seq,
        "kept": rest.kept,
        "plan": json.dumps(story | {"steps": rest.steps}),
        "step_names": [row["name"] for row in rest.steps],
        "left_out": list(rest.left_out),
    }


class People:
    """Moves of persons; ``Moves`` has the ledger, the scope and the broker."""

    def _posts(self, world):
        begun = len(jobs_of(world["db"])) + len(world["plans"])
        if begun < self.scope.jobs and len(world["plans"]) < self.scope.posts:
            for place, template in enumerate(self.scope.templates):
                yield f"somebody plans: {template}", self._plan(place)
        for place, plan in enumerate(world["plans"]):
            template = self.scope.templates[plan["template"]]
            yield f"the plan is posted: {template}", self._create(place)

    def _plan(self, place):
        def act(world, _happened):
            template = self.scope.templates[place]
            ahead = self.ledger.ahead(template.cluster)
            plan = planned(template, world["db"], ahead, leader=world["seen"])
            if plan is None:
                return False
            plan |= opening_of(world["db"])
            world["plans"].append({"template": place, "planned": plan, "stale": False})
            return True

        return act

    def _create(self, place):
        def act(world, happened):
            plan = world["plans"].pop(place)
            job = f"j{len(jobs_of(world['db'])) + 1}"
            if self.ledger.create_planned(job, plan["planned"]) == "created":
                world["wish"][job] = "apply"
                if plan["stale"]:
                    world["stale"] = sorted({*world["stale"], job})
                    if plan["planned"]["lock"] != "none":
                        happened.took_stale = job
                self._publish(world, job)

        return act

    def _wishes(self, world):
        for job in jobs_of(world["db"]):
            status = world["db"][f"cw:job:{job}"]["status"]
            for verb in self.scope.verbs:
                event = WISHES[verb]
                if (status, event) not in JOB_TRANSITIONS and (verb, status) not in ALSO:
                    continue  # refused before anything is looked at
                yield f"somebody asks to {verb} {job}", self._wish(verb, job)
                if verb == "approve" and world["db"][f"cw:job:{job}"].get("requested_by"):
                    sentence = f"somebody approves {job}, which they have asked for"
                    yield sentence, self._wish(verb, job, by=ASKER)
            for host in self.scope.lost:
                if (status, JobEvent.RETRY_REQUESTED) in JOB_TRANSITIONS:
                    sentence = (
                        f"{host} is lost for good, and somebody asks to retry {job} without it"
                    )
                    yield sentence, self._retry_without(job, host)

    def _wish(self, verb, job, by=NOBODY):
        def act(world, happened):
            try:
                getattr(self.ledger, verb)(job, by=by)
            except (FourEyes, HostTaken, NoWayBack, Overtaken):
                return False
            except IllegalTransition:
                if verb != "approve":
                    return False
                world["left"]["persons"] -= 1  # who comes too late ends the job
                return True
            world["left"]["persons"] -= 1
            happened.asked = (verb, job)
            if verb not in {"cancel", "reject"}:
                world["wish"][job] = "undo" if verb == "rollback" else "apply"
                self._publish(world, job)
            return True

        return act

    def _retry_without(self, job, host):
        def act(world, happened):
            rest = self._rest(world["db"], job, host)
            if rest is None:
                return False
            try:
                self.ledger.retry(job, rest=rest)
            except (HostTaken, Overtaken, IllegalTransition):
                return False
            world["left"]["persons"] -= 1
            happened.asked = ("retry", job)
            world["wish"][job] = "apply"
            if world["carries"][host] == job:
                world["carries"][host] = ""  # nobody ever comes to what is on it
            world["lost"] = sorted([*world["lost"], [job, host]])
            self._publish(world, job)
            return True

        return act

    def _rest(self, db, job, host):
        """Return what remains of a job without a host, as the product's shell tells the ledger."""
        row = db[f"cw:job:{job}"]
        template = self._template(row["digest"])
        record = db.get(f"cw:cluster:{template.cluster}", {})
        is_alone = template.hosts == (host,)
        if host not in template.hosts or is_alone or f"node:{host}" in record:
            return None
        narrower = template.without(host)
        plan = planned(narrower, as_before(db, self.ledger.replaced_by(job)), [], own=job)
        if plan is None:
            return None
        rest = remaining(self.ledger.job(job), plan, {host})
        return {name: plan[name] for name in REST} | rest | {"without": json.dumps([host])}

    def _template(self, digest):
        """Return the change that a job carries out, which may have been narrowed."""
        whole = self.scope.templates
        narrower = (t.without(host) for t in whole for host in self.scope.lost)
        return next(t for t in (*whole, *narrower) if str(t) == digest)
