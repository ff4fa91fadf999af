"""What can happen in the modelled world, one move at a time, each told in a sentence.

Persons plan, post and ask; a broker loses, repeats and reorders messages; Celery workers carry
out steps, crash, or stand still and write later; time passes to the next moment that is due.
"""

import json
from dataclasses import dataclass, field

from model_people import PERSONS, People
from model_workers import Workers, lease_of
from model_world import calendar_of, canonical, moments, note_who_wrote, opening_of
from modelled_ledger import NOW
from redis.exceptions import ResponseError

from workflows.states import IllegalTransition


@dataclass
class Happened:
    """A move with the worlds on both sides of it, for properties to judge."""

    sentence: str
    before: dict
    after: dict
    touches: tuple | None = None
    """Job, index and ``run`` or ``undo``, if a Celery worker began to work on a step's hosts."""
    asked: tuple | None = None
    """Verb and job, if a person's wish was taken."""
    in_vain: tuple | None = None
    """Job and index, if a step looked in vain once more when its patience was over."""
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
    lost: tuple = ()
    """Hosts that may be given up as lost with a retry."""
    leads: tuple = ()
    """Nodes of which any may lead the datastore, from any moment on."""
    waits: tuple = ()
    """After how many seconds a step looks again; ``None``: when a person has done something."""
    delays: tuple = (3.0, None)
    """After how many seconds a failed step is due again; ``None``: never."""


class Moves(People, Workers):
    """Everything that can happen from a world, carried out on the real ledger."""

    def __init__(self, ledger, scope):
        self.ledger, self.scope = ledger, scope

    def from_world(self, world, order=list):
        """Yield what happened for each move that is possible and changes something.

        ``order`` says which are tried first.
        """
        text = json.dumps(world)
        for sentence, act in order(self._possible(world)):
            copy = json.loads(text)
            self.ledger.load(copy["db"])
            happened = Happened(sentence, world, copy)
            self.now = NOW
            try:
                if act(copy, happened) is False:
                    continue
            except (ResponseError, IllegalTransition) as error:
                happened.broken = str(error)
            self._settle(world, happened)
            happened.is_chance = not sentence.startswith(PERSONS) and copy["left"] == world["left"]
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
        yield from self._elections(world)
        yield from self._freezes(world)
        if world["left"]["persons"]:
            yield from self._wishes(world)

    # The broker

    def _publish(self, world, job):
        message = self.ledger.message(job)
        if message:
            world["broker"].append(message)

    def _deliveries(self, world):
        idle = next((place for place in (0, 1) if world["workers"][place] is None), None)
        for place, (job, _epoch, indexes) in enumerate(world["broker"]):
            message = f"the message for step {indexes[0]} of {job}"
            if world["left"]["losses"]:
                yield f"{message} is lost", self._lose(place)
            if idle is None:
                continue
            yield f"a Celery worker gets {message}", self._deliver(place, idle)
            if world["left"]["losses"]:
                yield (
                    f"a Celery worker gets {message}, and it will come again",
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

    # The datastore

    def _elections(self, world):
        for host in self.scope.leads:
            if host != world["leads"]:
                yield f"{host} leads from now on", self._elect(host)

    def _elect(self, host):
        def act(world, _happened):
            world["leads"] = host

        return act

    # Freezes

    def _freezes(self, world):
        is_frozen = calendar_of(world["db"])["frozen"] == "1"
        if world["left"].get("freezes"):
            yield ("a freeze ends" if is_frozen else "a freeze begins"), self._freeze(not is_frozen)
        for job in world["db"].get("cw:openings", {}):
            yield f"the reconciler looks at the freeze for {job}", self._reopen(job)

    def _freeze(self, frozen):
        def act(world, _happened):
            world["left"]["freezes"] -= 1
            self.ledger.redis.hincrby("cw:calendar", "revision", 1)
            self.ledger.redis.hset("cw:calendar", "frozen", "1" if frozen else "0")
            for job in world["db"].get("cw:openings", {}):
                self.ledger.redis.zadd("cw:openings", {job: 0})

        return act

    def _reopen(self, job):
        def act(world, _happened):
            self.ledger.reopen(job, opening_of(world["db"]))

        return act

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
                    self.ledger.beat(lease_of(worker))

        return act

    def _reconcile(self, world, _happened):
        for job in self.ledger.due():
            self._publish(world, job)
