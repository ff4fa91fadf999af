"""What people do in the modelled world: they plan, post a plan, and ask things of jobs."""

from model_kinds import planned
from model_world import jobs_of

from workflows.ledger.refusals import HostTaken, NoWayBack, Overtaken
from workflows.states import JOB_TRANSITIONS, IllegalTransition, JobEvent

WISHES = {
    "cancel": JobEvent.CANCEL_REQUESTED,
    "retry": JobEvent.RETRY_REQUESTED,
    "rollback": JobEvent.ROLLBACK_REQUESTED,
    "approve": JobEvent.APPROVED,
    "reject": JobEvent.REJECTED,
}
ALSO = {("cancel", "queued"), ("cancel", "awaiting-approval"), ("cancel", "waiting")}
PERSONS = ("somebody ", "the plan is posted")


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
            said = planned(template, world["db"], self.ledger.ahead(template.cluster))
            if said is None:
                return False
            world["plans"].append({"template": place, "planned": said, "stale": False})
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

    def _wish(self, verb, job):
        def act(world, happened):
            try:
                getattr(self.ledger, verb)(job)
            except (HostTaken, NoWayBack, Overtaken):
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
