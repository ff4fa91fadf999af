"""What Celery workers do in the modelled world: claim steps, carry them out, fail, wait, crash."""

import json

from model_kinds import CLOSES, INTERRUPTIBLE, LEAVES_ALONE, OPENS, PUTS, TAKES, planned
from model_people import remaining
from model_world import as_before, places

from workflows.ledger.claims import Lease, Wait
from workflows.ledger.refusals import HostTaken
from workflows.remaining import NotFitting
from workflows.states import JobEvent, StepEvent

STEP_SECONDS = 600.0
PATIENCE_SECONDS = 600.0
"""Over once a step has waited: in a world, that was long ago."""
ERROR = {"message": "cannot", "transient": False, "failures": [], "findings": []}


class Workers:
    """Moves of Celery workers; ``Moves`` has the ledger, the scope and the broker."""

    def _claim(self, world, happened, idle, job, epoch, indexes):
        index, rest = indexes[0], indexes[1:]
        lease = Lease(job, index, "fresh")
        claim = self.ledger.claim(lease, epoch=epoch, owner="model")
        worker = {"job": job, "epoch": epoch, "index": index, "rest": rest, "token": ""}
        if claim.answer == "done" and rest:
            world["broker"].append([job, epoch, rest])
        elif claim.answer == "moved" and not world["workers"][idle]:
            world["workers"][idle] = worker | self._plan_anew(world, job)
        elif claim.work:
            row = claim.work.plan["steps"][index]
            undo = claim.answer == "undo"
            happened.touches = (job, index, claim.answer)
            for host in row["hosts"]:
                if not undo and row["name"] in PUTS and not world["carries"][host]:
                    world["carries"][host] = job
            if not undo and row["name"] == OPENS:
                world["open"] = sorted({*world["open"], *places(job, row)})
            safe = not undo and row["name"] in INTERRUPTIBLE
            if not safe and not undo:
                self.ledger.uninterruptible(lease, STEP_SECONDS)
            world["workers"][idle] = worker | {
                "token": "fresh",
                "does": "undo" if undo else "run",
                "safe": safe,
                "paused": False,
                "step": row,
            }

    def _plan_anew(self, world, job):
        """Return what a Celery worker knows that is about to write a plan of the record it read."""
        known = self.ledger.job(job)
        template = self._template(world["db"][f"cw:job:{job}"]["digest"])
        db = as_before(world["db"], self.ledger.replaced_by(job))
        plan = planned(template, db, [], own=job, leader=world["seen"])
        if plan and known.has_begun:
            plan |= self._rest_or_all(known, plan)
        elif plan:
            plan |= {"seq": known.seq}
        return {"does": "plan", "planned": plan, "stale": False, "paused": False}

    def _rest_or_all(self, known, plan):
        """Return what remains of a job by a new plan; where that does not fit, it keeps its own."""
        try:
            return remaining(known, plan, known.without)
        except NotFitting:
            return {"plan": json.dumps(known.plan), "seq": known.seq, "kept": len(known.steps)}

    def _works(self, world):
        left = world["left"]
        for place, worker in enumerate(world["workers"]):
            if worker is None:
                continue
            who = "the Celery worker that stood still" if worker["paused"] else "the Celery worker"
            about = f"step {worker['index']} of {worker['job']}"
            if left["losses"]:
                yield f"{who} with {about} crashes", self._crash(place)
                if worker["does"] != "plan":
                    yield f"{who} with {about} is killed, and that is told", self._killed(place)
                    yield f"{who} with {about} ends and gives it back", self._given_back(place)
                if not worker["paused"]:
                    yield f"the Celery worker with {about} stands still", self._pause(place)
            if worker["does"] == "plan":
                yield f"{who} writes the plan of {worker['job']} anew", self._replan(place)
                continue
            verb = "undoing " if worker["does"] == "undo" else ""
            yield f"{who} is done with {verb}{about}", self._done(place)
            if left["failures"]:
                for delay in self.scope.delays:
                    how = "for good" if delay is None else "for now"
                    yield f"{who} fails {verb}{about} {how}", self._failed(place, delay)
            yield from self._looks(world, place, f"{who} with {about}")
            yield f"{who} with {about} beats and hears that it is to stop", self._beat(place)

    def _crash(self, place):
        def act(world, _happened):
            world["left"]["losses"] -= 1
            world["workers"][place] = None

        return act

    def _killed(self, place):
        def act(world, _happened):
            self.ledger.killed(lease_of(world["workers"][place]), "it was killed")
            self._crash(place)(world, _happened)

        return act

    def _given_back(self, place):
        def act(world, _happened):
            self.ledger.given_back(lease_of(world["workers"][place]), "model")
            self._crash(place)(world, _happened)

        return act

    def _pause(self, place):
        def act(world, _happened):
            world["left"]["losses"] -= 1
            world["workers"][place]["paused"] = True

        return act

    def _done(self, place):
        def act(world, happened):
            worker = world["workers"][place]
            world["workers"][place] = None
            row = worker["step"]
            undo = worker["does"] == "undo"
            needless = undo and row["name"] in LEAVES_ALONE
            passed = StepEvent.UNDO_NOT_NEEDED if needless else None
            if not self.ledger.done(lease_of(worker), {}, row["writes"], passed):
                return
            if row["name"] == "observe":
                world["seen"] = world["leads"]
            for host in row["hosts"]:
                if row["name"] in (TAKES if not undo else PUTS):
                    world["carries"][host] = ""
            if row["name"] == (OPENS if undo else CLOSES):
                closed = places(worker["job"], row)
                world["open"] = [place for place in world["open"] if place not in closed]
            if worker["rest"]:
                world["broker"].append([worker["job"], worker["epoch"], worker["rest"]])

        return act

    def _failed(self, place, delay):
        def act(world, _happened):
            worker = world["workers"][place]
            world["workers"][place] = None
            world["left"]["failures"] -= 1
            self.ledger.failed(lease_of(worker), ERROR, delay)

        return act

    def _looks(self, world, place, who):
        """Yield how a look ends that finds nothing yet; a person is waited for without an end."""
        worker = world["workers"][place]
        for after in self.scope.waits:
            if after is None and worker["does"] == "undo":
                continue
            if after is not None and has_waited(world, worker):
                for delay in self.scope.delays:
                    how = "for good" if delay is None else "for now"
                    yield f"{who} has waited in vain {how}", self._waits(place, after, delay)
            else:
                how = "a moment" if after else "a person"
                yield f"{who} waits for {how}", self._waits(place, after)

    def _waits(self, place, after, delay=None):
        def act(world, happened):
            worker = world["workers"][place]
            is_over = after is not None and has_waited(world, worker)
            wait = Wait("it is not there yet", after)
            world["workers"][place] = None
            answer = self.ledger.deferred(lease_of(worker), wait, PATIENCE_SECONDS, delay)
            if is_over and answer != "lost":
                happened.in_vain = (worker["job"], worker["index"])

        return act

    def _beat(self, place):
        def act(world, _happened):
            worker = world["workers"][place]
            answer = self.ledger.beat(lease_of(worker))
            if answer == "ok" or (answer == "cancel" and not worker["safe"]):
                return False
            world["workers"][place] = None
            if answer == "cancel":
                self.ledger.interrupted(lease_of(worker))
            return True

        return act

    def _replan(self, place):
        def act(world, happened):
            worker = world["workers"][place]
            job, epoch, plan = worker["job"], worker["epoch"], worker["planned"]
            world["workers"][place] = None
            answer = self._write_plan(world, job, epoch, plan)
            if answer in {"ok", "replanned"}:
                world["stale"] = [name for name in world["stale"] if name != job]
                if worker["stale"]:
                    world["stale"] = sorted([*world["stale"], job])
            if answer != "ok":
                self._publish(world, job)
            self._claim(world, happened, place, job, epoch, [worker["index"], *worker["rest"]])

        return act

    def _write_plan(self, world, job, epoch, plan):
        row = world["db"][f"cw:job:{job}"]
        if plan is None:
            read = {"basis": self.ledger.revision(row["cluster"]), "seq": self.ledger.job(job).seq}
            self.ledger.unplanned(job, epoch, read, JobEvent.FAILED, ERROR)
            return "ended"
        read = {name: plan[name] for name in ("basis", "seq")}
        differs = json.loads(row["plan"])["steps"] != json.loads(plan["plan"])["steps"]
        if differs and row["pinned"] == "1":
            if not self.ledger.job(job).has_begun:
                self.ledger.unplanned(job, epoch, read, JobEvent.OUTDATED, ERROR)
                return "ended"
            differs = False
        try:
            return self.ledger.replan(
                job, epoch, plan | {"differs": differs, "difference": '{"difference":[]}'}
            )
        except HostTaken:
            self.ledger.unplanned(job, epoch, read, JobEvent.FAILED, ERROR)
            return "ended"


def has_waited(world, worker):
    step = world["db"].get(f"cw:job:{worker['job']}:step:{worker['index']}", {})
    return "waits_since" in step


def lease_of(worker):
    return Lease(worker["job"], worker["index"], worker["token"])
