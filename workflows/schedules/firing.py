"""Has the slots of schedules become jobs; every reconciler does, and each slot makes one job."""

import logging
from datetime import datetime

from workflows.access import Forbidden, Grant, Principal, RequestKey, Via, request_key
from workflows.inventory import Inventory
from workflows.kinds import permission_of
from workflows.ledger.ledger import Ledger
from workflows.ledger.refusals import ChangeTooLarge, HostTaken, KeyOfAnother
from workflows.plan import Refused
from workflows.schedules.cron import due_slot
from workflows.schedules.schedule import Kept, Outcome, Schedule
from workflows.schedules.store import ScheduleNotFound, ScheduleStore, moment
from workflows.submit import submit

NOT_DONE = (Refused, Forbidden, HostTaken, ChangeTooLarge, KeyOfAnother)
"""What trying the same slot again does not mend: it is told, and the next slot has its turn."""
LONGEST_REASON = 1000
logger = logging.getLogger(__name__)


def principal_of(name: str, cluster: str, kind: str, maker: str = "") -> Principal:
    """Return who asks where a schedule is due: it may do what it is for, on its cluster alone.

    It asks for the person who has made it, who so does not approve what it asks for.
    """
    grants = (Grant(permission_of(kind), cluster),)
    return Principal(f"schedule:{name}", name, Via.SCHEDULE, grants, behind=maker)


def slot_key(name: str, slot: datetime) -> RequestKey:
    """Return the name under which the ledger knows a slot, whoever asks for its job first."""
    text = str(int(slot.timestamp()))
    return request_key(f"schedule:{name}", "slot", text, text)


def fire(
    ledger: Ledger, inventory: Inventory, store: ScheduleStore, name: str, now: datetime
) -> Outcome | None:
    """Do what is due of a schedule; return what became of its slot, if one was.

    Raises what may pass by itself, such as a Redis that refuses: then the slot is still due.
    """
    try:
        kept = store.one(name)
    except ScheduleNotFound:
        store.forget_due(name)
        return None
    schedule = kept.schedule
    due = due_slot(schedule.times, moment(kept.since), now, schedule.late_by)
    outcome = None
    if due.slot is not None:
        outcome = _asked(ledger, inventory, kept, due.slot)
    elif due.missed:
        outcome = Outcome(due.last.timestamp(), "missed", because=_missed(schedule, due.missed))
    if store.settle(kept, due, outcome) and outcome:
        _tell(name, outcome)
    return outcome


def _asked(ledger: Ledger, inventory: Inventory, kept: Kept, slot: datetime) -> Outcome:
    schedule, change = kept.schedule, kept.schedule.change
    by = principal_of(schedule.name, change.cluster, change.kind, kept.maker)
    keys = [slot_key(schedule.name, slot)]
    try:
        found = submit(ledger, inventory, change, by=by, keys=keys)
    except NOT_DONE as error:
        return Outcome(slot.timestamp(), "refused", because=str(error)[:LONGEST_REASON])
    # Of reconcilers that ask at once, one makes the job; what it made is the slot's for all.
    if found.created or ledger.keyed(*keys) == (found.job.id, True):
        return Outcome(slot.timestamp(), "made", found.job.id)
    because = f"job {found.job.id} does the same already"
    return Outcome(slot.timestamp(), "joined", found.job.id, because)


def _missed(schedule: Schedule, count: int) -> str:
    slots = "a slot" if count == 1 else f"{count} slots"
    return (
        f"nobody was there for {slots} in time: no Celery worker ran, and the latest is more than "
        f"{schedule.late_by} s old"
    )


def _tell(name: str, outcome: Outcome) -> None:
    log_fields = {"schedule": name, "job": outcome.job, "slot": int(outcome.slot)}
    if outcome.job:
        logger.info("schedule %s has its slot's job", name, extra=log_fields)
    else:
        said = (name, outcome.word, outcome.because)
        logger.warning("schedule %s has no job: %s: %s", *said, extra=log_fields)
