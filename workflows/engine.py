"""Carries out one step of a job: claim it, guard the quorum, apply or undo it, record the end.

Imports pyinfra through the fleet, so only a Celery worker's child may import this module.
"""

import logging
import random
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

from redis.exceptions import RedisError, ResponseError

from cluster.quorum import Operation
from deploy_scripts.fleet.errors import (
    NeedsPerson,
    NotYet,
    Permanent,
    StepError,
    Transient,
)
from deploy_scripts.fleet.fleet import Fleet, HostReport
from deploy_scripts.fleet.redaction import redact
from deploy_scripts.microk8s.quorum_guard import require_quorum, require_quorum_to_undo
from deploy_scripts.protocol import Before, Result
from workflows.deadlines import Row, clock
from workflows.heartbeat import PERIOD_SECONDS, SILENT, STOP_SECONDS, Heartbeat
from workflows.inventory import HostNotFound, Inventory
from workflows.job_fleet import fleet_of
from workflows.ledger.claims import Claim, Lease
from workflows.ledger.kept import TooLarge
from workflows.ledger.ledger import Ledger
from workflows.plan import PATIENCE_SECONDS
from workflows.process.connection import connect
from workflows.process.logs import bound_everywhere
from workflows.process.settings import Settings
from workflows.queue import publish
from workflows.replanning import replan
from workflows.retry import Retry, patience
from workflows.states import StepEvent
from workflows.step_errors import document, guard_waits, tell, too_much, trace, wait_of
from workflows.step_outputs import outputs
from workflows.undoing import WHY, passed_over
from workflows.work import Work
from workflows.writes import as_found

HOST_WORDS = {
    "running": "is running",
    "done": "is done",
    "failed": "failed",
    "skipped": "is skipped",
}
HOST_LEVELS = {"running": logging.DEBUG, "failed": logging.WARNING}
LOST = "the lease is lost: another Celery worker carries out the step"
UNREACHED = "cannot reach the ledger: %s; a Celery worker goes on when the step's lease has ended"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Engine:
    """What a Celery worker's child needs to carry out steps."""

    ledger: Ledger
    inventory: Inventory
    settings: Settings
    owner: str
    """Names the process in the ledger."""
    row: Row = field(default_factory=Row)
    """Where this process says by when it is heard again."""

    def run_step(self, job_id: str, index: int, epoch: int) -> bool:
        """Carry out one step; return whether the chain may go on to the next."""
        lease = Lease(job_id, index, uuid.uuid4().hex)
        with bound_everywhere(job=job_id, epoch=epoch):
            try:
                return self._run_step(lease, epoch)
            except RedisError as error:  # no fault of the step: whoever comes next repeats it
                refused = isinstance(error, ResponseError)  # and not only out of reach
                logger.log(logging.ERROR if refused else logging.WARNING, UNREACHED, error)
                return False

    def _run_step(self, lease: Lease, epoch: int) -> bool:
        claimed = clock()
        claim = self.ledger.claim(lease, epoch=epoch, owner=self.owner)
        if claim.answer == "moved":
            claimed, claim = self._planned_anew(lease, epoch)
        if claim.work is None:
            logger.debug("step %d is not carried out here: it is %s", lease.index, claim.answer)
            return claim.answer == "done"
        work, undo = claim.work, claim.answer == "undo"
        log_fields = {"cluster": work.cluster, "kind": work.kind, "trace_id": work.trace_id}
        self.row.begin(lease)
        self.row.expect(claimed + STOP_SECONDS, SILENT.format(STOP_SECONDS))
        try:
            with bound_everywhere(**log_fields, step=work.step.name, attempt=work.step.attempt):
                run = _Run(self, work, lease, claimed, undo=undo, tries=claim.tries, epoch=epoch)
                return run.carry_out()
        except SystemExit:  # Celery ends its children so when the time of a polite end is over
            self.ledger.given_back(lease, self.owner)
            raise
        finally:
            self.row.end()

    def _planned_anew(self, lease: Lease, epoch: int) -> tuple[float, Claim]:
        """Plan the job anew; return the claim of its step, if it still has that step."""
        if not replan(self.ledger, self.inventory, lease.job):
            publish(self.ledger, lease.job)  # what it has instead, if it goes on
        claimed = clock()
        return claimed, self.ledger.claim(lease, epoch=epoch, owner=self.owner)

    def beats(self) -> Ledger:
        """Return the ledger of one heartbeat, which waits for nothing for longer than a period."""
        return Ledger(connect(self.settings, answer_within=PERIOD_SECONDS))


def step_module(name: str) -> ModuleType:
    """Return the module of a step."""
    return import_module(f"deploy_scripts.{name}")


class _Run:
    """One attempt at one step."""

    def __init__(
        self,
        engine: Engine,
        work: Work,
        lease: Lease,
        claimed: float,
        *,
        undo: bool,
        tries: int,
        epoch: int,
    ) -> None:
        self.engine, self.work, self.lease, self.undo, self.tries = engine, work, lease, undo, tries
        self.claimed, self.epoch = claimed, epoch
        self.beat: Heartbeat | None = None
        self.record = work.step
        self.step: Mapping[str, Any] = work.plan["steps"][lease.index]
        self.patience = float(self.step.get("patience", PATIENCE_SECONDS))

    def report(self, report: HostReport) -> None:
        """Record what the fleet says about one host: of a lost step nobody may hear any more."""
        if self.beat is not None and self.beat.look() == "lost":
            return
        row = {
            "status": report.status,
            "operation": redact(report.operation),
            "detail": redact(report.detail),
            "seconds": round(report.seconds, 3),
            "attempt": self.record.attempt,
        }
        if report.limit is not None:
            row["limit"] = report.limit
        self.engine.ledger.host(self.lease, report.host, row)
        level = HOST_LEVELS.get(report.status, logging.INFO)
        subject = f"operation {report.operation}" if report.operation else "the host"
        logger.log(
            level,
            "%s %s",
            subject,
            HOST_WORDS.get(report.status, report.status),
            extra={"host": report.host},
        )

    def carry_out(self) -> bool:
        logger.info("%s begins", "the undo" if self.undo else "the step")
        try:
            module = step_module(self.step["name"])
            if passed := self._passed_over(module):
                return self._succeed(Result(), passed)
            fleet = fleet_of(
                self.work,
                self.lease,
                inventory=self.engine.inventory,
                settings=self.engine.settings,
                epoch=self.epoch,
                undo=self.undo,
                report=self.report,
            )
        except (ImportError, HostNotFound, Permanent) as error:
            return self._fail(error)
        interruptible = not self.undo and bool(module.INTERRUPTIBLE)
        self.beat = beat = Heartbeat(
            self.engine.beats(),
            self.lease,
            claimed=self.claimed,
            limit=self.engine.settings.step_seconds,
            row=self.engine.row,
            interruptible=interruptible,
            interrupt=fleet.abort,
        )
        if not interruptible and not self.undo:
            self._tell_uninterruptible()
        try:
            with beat:
                result = self._act(module, fleet)
        except Exception as error:  # the one place where a step's error becomes a record
            if beat.answer == "lost":
                logger.warning(LOST)
                return False
            if beat.answer == "cancel":
                logger.info("the step is interrupted: its job is being cancelled")
                self.engine.ledger.interrupted(self.lease)
                return False
            if beat.answer == "overdue":
                return self._fail(beat.overdue())
            if isinstance(error, NotYet) or (isinstance(error, NeedsPerson) and not self.undo):
                return self._defer(error)
            return self._fail(error)
        finally:
            fleet.close()
        if beat.answer == "lost":
            logger.warning(LOST)
            return False
        return self._succeed(result)

    def _tell_uninterruptible(self) -> None:
        """Have a cancel say what it waits for; a step does not fail for want of that."""
        with suppress(RedisError):
            self.engine.ledger.uninterruptible(self.lease, self.engine.settings.step_seconds)

    def _act(self, module: ModuleType, fleet: Fleet) -> Result:
        if self.undo:
            return self._undo(module, fleet)
        self._guard(fleet)
        result: Result = module.apply(fleet, before=self._before(), **self._args())
        return result

    def _undo(self, module: ModuleType, fleet: Fleet) -> Result:
        if module.UNDO == "cannot":
            raise Permanent(
                f"cannot undo {self.step['name']}: there is no way back once it has begun",
                advice="look at the cluster, and ask for what is missing as a new change",
            )
        self._guard(fleet)
        args = {**self.step["args"], **self._found()}
        result: Result = module.undo(fleet, before=self._before(), **args)
        return result

    def _passed_over(self, module: ModuleType) -> StepEvent | None:
        return passed_over(module.UNDO, self.step, self.work.without) if self.undo else None

    def _found(self) -> dict[str, Any]:
        steps, client = self.work.plan["steps"], self.engine.ledger.redis
        return outputs(client, self.lease.job, steps, self.lease.index)

    def _before(self) -> Before:
        return Before(self.work.before, self._note, has_waited=self.work.has_waited)

    def _note(self, noted: Mapping[str, Any]) -> None:
        if not self.engine.ledger.note(self.lease, noted):
            raise Transient(LOST)

    def _args(self) -> Mapping[str, Any]:
        """Return the step's arguments, with what was found and accepted since they were planned."""
        args = {**self.step["args"], **self._found()}
        if "accept" not in args:
            return args
        return {**args, "accept": sorted({*args["accept"], *self.work.accept})}

    def _guard(self, fleet: Fleet) -> None:
        """Ask the quorum guard whether the step, or its undo, may begin, or may go on.

        While the step waits, members settle; what passes by itself costs no attempt then.
        """
        planned = self.step["guard"]
        if not planned:
            return
        ask = require_quorum_to_undo if self.undo else require_quorum
        members = list(planned["control_plane"])
        try:
            ask(fleet, Operation(planned["operation"]), planned["hosts"], control_plane=members)
        except Transient as error:
            if not self.work.has_waited:
                raise
            raise guard_waits(error, self.step["name"]) from error

    def _succeed(self, result: Result, passed: StepEvent | None = None) -> bool:
        ledger, seen = self.engine.ledger, result.observation
        try:
            if seen is not None:
                ledger.observe(self.lease, seen.as_dict())
            writes = as_found(self.step.get("writes", ()), result.output) if not self.undo else ()
            hosts = len(self.step["hosts"])
            is_recorded = ledger.done(self.lease, result.output, writes, passed, hosts=hosts)
        except TooLarge as error:
            return self._fail(too_much(error, self.step["title"]))
        if not is_recorded:
            logger.warning(LOST)
            return False
        ended = f"{'the undo' if self.undo else 'the step'} succeeded"
        logger.info("%s", WHY[passed] if passed else ended)
        return True

    def _defer(self, error: StepError) -> bool:
        """Have the step look again later, in another process as like as not."""
        wait, delay = wait_of(error), self._delay(())
        answer = self.engine.ledger.deferred(self.lease, wait, self.patience, delay)
        if answer == "lost":
            logger.warning(LOST)
        elif answer == "over":
            tell(wait.in_vain(self.patience), delay)
        elif wait.after is None:
            logger.warning("waits until somebody retries: %s", wait.what)
        else:
            logger.info("looks again in %.1f s: %s", wait.after, wait.what)
        return False

    def _delay(self, codes: Iterable[str]) -> float | None:
        """Return the seconds until the next attempt, if there is one."""
        spread = random.random()  # noqa: S311  # spreads retries; nothing secret hangs on it
        return patience(Retry(**self.step["retry"]), codes).delay(self.tries, spread)

    def _fail(self, error: Exception) -> bool:
        delay = None
        if isinstance(error, Transient):
            delay = self._delay(failure.code for failure in error.failures)
        elif not isinstance(error, StepError | HostNotFound):
            logger.error("cannot %s: a defect: %r", self.step["name"], redact(repr(error)))
            logger.debug("%s", redact("".join(trace(error))))
        error_document = document(error, self.step["title"])
        if delay is not None:
            error_document["retry_in"] = round(delay, 1)
        if self.engine.ledger.failed(self.lease, error_document, delay):
            tell(error_document, delay)
        else:
            logger.warning(LOST)
        return False
