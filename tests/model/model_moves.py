"""What can happen in the modelled world, one move at a time, each told in a sentence.

Persons plan, post and ask; a broker loses, repeats and reorders messages; Celery workers carry
out steps, crash, or stand still and write later; time passes to the next moment that is due.
"""

import json
from dataclasses import dataclass, field

from model_kinds import CLOSES, INTERRUPTIBLE, OPENS, PUTS, TAKES, planned
from model_world import canonical, jobs_of, moments, note_who_wrote, places
from modelled_ledger import NOW
from redis.exceptions import ResponseError

from workflows.ledger.claims import Lease, Wait
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
STEP_SECONDS = 600.0
ENDLESS = 1e9
"""Seconds: no world lasts so long."""
ERROR = {"message": "cannot", "transient": False, "failures": [], "findings": []}


@dataclass
class Happened:
    """A move with the worlds on both sides of it, for properties to judge."""

    told: str
    before: dict
    after: dict
    touches: tuple | None = None
    """Job, index and ``run`` or ``undo``, if a Celery worker began to work on a step's hosts."""
    asked: tuple | None = None
    """Verb and job, if a person's wish was taken."""
    is_chance: bool = False
    """It is no person's doing and no fault: what happens anyhow, sooner or later."""
    took_stale: str = ""
    """The job that was made of a plan which rests on what another has changed since."""
    broken: str = ""
    """What the ledger must never answer."""


@dataclass
class Scope:
    """How far the search looks."""

    templates: tuple
    jobs: int
    posts: int = 2
    """Plans that are made and not posted yet, at once."""
    hosts: tuple = ("h1", "h2", "h3")
    formed: dict = field(default_factory=dict)
    left: dict = field(default_factory=dict)
    """Budgets: ``persons``, ``losses`` and ``failures``."""
    verbs: tuple = ("cancel", "retry", "rollback", "approve", "reject")
    waits: tuple = ()
    """After how many seconds a step looks again; ``None``: when a person has done something."""
    delays: tuple = (3.0, None)
    """After how many seconds a failed step is due again; ``None``: never."""


class Moves:
    """Everything that can happen from a world, carried out on the real ledger."""

    def __init__(self, ledger, scope):
        self.ledger, self.scope = ledger, scope

    def from_world(self, world, order=list):
        """Yield what happened for each move that is possible and changes something.

        ``order`` says which are tried first.
        """
        text = json.dumps(world)
        for told, act in order(self._possible(world)):
            copy = json.loads(text)
            self.ledger.load(copy["db"])
            happened = Happened(told, world, copy)
            self.now = NOW
            try:
                if act(copy, happened) is False:
                    continue
            except (ResponseError, IllegalTransition) as error:
                happened.broken = str(error)
            self._settle(world, happened)
            happened.is_chance = not told.startswith(PERSONS) and copy["left"] == world["left"]
            if happened.after != world or happened.broken:
                yield happened

    def _settle(self, world, happened):
        copy = happened.after
        copy["db"] = self.ledger.dump()
        note_who_wrote(world, copy)
        happened.after = canonical(copy, self.now)

    def _possible(self, world):
        yield from self._posts(world)
        yield from self._deliveries(world)
        yield from self._works(world)
        yield from self._time(world)
        if world["left"]["persons"]:
            yield from self._wishes(world)

    # People

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

    # The broker

    def _publish(self, world, job):
        message = self.ledger.message(job)
        if message:
            world["broker"].append(message)

    def _deliveries(self, world):
        idle = next((place for place in (0, 1) if world["workers"][place] is None), None)
        for place, (job, _epoch, indexes) in enumerate(world["broker"]):
            said = f"the message for step {indexes[0]} of {job}"
            if world["left"]["losses"]:
                yield f"{said} is lost", self._lose(place)
            if idle is None:
                continue
            yield f"a Celery worker gets {said}", self._deliver(place, idle)
            if world["left"]["losses"]:
                yield (
                    f"a Celery worker gets {said}, and it will come again",
                    self._deliver(place, idle, again=True),
                )

    def _lose(self, place):
        def act(world, _happened):
            world["left"]["losses"] -= 1
            del world["broker"][place]

        return act

    def _deliver(self, place, idle, *, again=False):
        def act(world, happened):
            job, epoch, indexes = world["broker"][place]
            if again:
                world["left"]["losses"] -= 1
            else:
                del world["broker"][place]
            self._claim(world, happened, idle, job, epoch, indexes)

        return act

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

    # Celery workers

    def _plan_anew(self, world, job):
        """Return what a Celery worker knows that is about to write a plan of the record it read."""
        digest = world["db"][f"cw:job:{job}"]["digest"]
        template = next(t for t in self.scope.templates if str(t) == digest)
        said = planned(template, world["db"], [], own=job)
        return {"does": "plan", "planned": said, "stale": False, "paused": False}

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
            for after in self.scope.waits:
                if after is not None or worker["does"] == "run":
                    how = "a moment" if after else "a person"
                    yield f"{who} with {about} waits for {how}", self._waits(place, after)
            yield f"{who} with {about} beats and hears that it is to stop", self._beat(place)

    def _crash(self, place):
        def act(world, _happened):
            world["left"]["losses"] -= 1
            world["workers"][place] = None

        return act

    def _killed(self, place):
        def act(world, _happened):
            self.ledger.killed(_lease(world["workers"][place]), "it was killed")
            self._crash(place)(world, _happened)

        return act

    def _given_back(self, place):
        def act(world, _happened):
            self.ledger.given_back(_lease(world["workers"][place]), "model")
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
            if not self.ledger.done(_lease(worker), {}, row["writes"]):
                return
            undo = worker["does"] == "undo"
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
            self.ledger.failed(_lease(worker), ERROR, delay)

        return act

    def _waits(self, place, after):
        def act(world, _happened):
            worker = world["workers"][place]
            world["workers"][place] = None
            self.ledger.deferred(_lease(worker), Wait("it is not there yet", after), ENDLESS)

        return act

    def _beat(self, place):
        def act(world, _happened):
            worker = world["workers"][place]
            answer = self.ledger.beat(_lease(worker))
            if answer == "ok" or (answer == "cancel" and not worker["safe"]):
                return False
            world["workers"][place] = None
            if answer == "cancel":
                self.ledger.interrupted(_lease(worker))
            return True

        return act

    def _replan(self, place):
        def act(world, happened):
            worker = world["workers"][place]
            job, epoch, said = worker["job"], worker["epoch"], worker["planned"]
            world["workers"][place] = None
            answer = self._write_plan(world, job, epoch, said)
            if answer in {"ok", "replanned"}:
                world["stale"] = [name for name in world["stale"] if name != job]
                if worker["stale"]:
                    world["stale"] = sorted([*world["stale"], job])
            if answer != "ok":
                self._publish(world, job)
            self._claim(world, happened, place, job, epoch, [worker["index"], *worker["rest"]])

        return act

    def _write_plan(self, world, job, epoch, said):
        if said is None:
            cluster = world["db"][f"cw:job:{job}"]["cluster"]
            basis = self.ledger.revision(cluster)
            self.ledger.unplanned(job, epoch, basis, JobEvent.FAILED, ERROR)
            return "ended"
        old = json.loads(world["db"][f"cw:job:{job}"]["plan"])["steps"]
        differs = old != json.loads(said["plan"])["steps"]
        if differs and world["db"][f"cw:job:{job}"]["pinned"] == "1":
            self.ledger.unplanned(job, epoch, said["basis"], JobEvent.OUTDATED, ERROR)
            return "ended"
        try:
            return self.ledger.replan(
                job, epoch, said | {"differs": differs, "difference": '{"difference":[]}'}
            )
        except HostTaken:
            self.ledger.unplanned(job, epoch, said["basis"], JobEvent.FAILED, ERROR)
            return "ended"

    # Time

    def _time(self, world):
        if any(at <= NOW for (key, _), at in moments(world, NOW) if key == "cw:due"):
            yield "the reconciler looks", self._reconcile
        awake = {
            f"cw:job:{worker['job']}:step:{worker['index']}"
            for worker in filter(None, world["workers"])
            if worker["token"] not in {"", "lost"} and not worker["paused"]
        }
        held = {key.split(":")[2] for key in awake}
        ahead = [
            at
            for (key, name), at in moments(world, NOW)
            if at > NOW and key not in awake and not (key == "cw:due" and name in held)
        ]
        if ahead:
            yield "time passes", self._pass(min(ahead) - NOW)

    def _pass(self, milliseconds):
        def act(world, _happened):
            self.ledger.pass_time(milliseconds)
            self.now += milliseconds
            for worker in filter(None, world["workers"]):
                if worker["token"] and not worker["paused"]:
                    self.ledger.beat(_lease(worker))

        return act

    def _reconcile(self, world, _happened):
        for job in self.ledger.due():
            self._publish(world, job)


def _lease(worker):
    return Lease(worker["job"], worker["index"], worker["token"])
