"""Holds jobs that wait for their windows against the calendar as it is now."""

from cluster.spec import Environment
from workflows.inventory import ClusterNotFound, Inventory
from workflows.jobs import Job
from workflows.ledger.ledger import Ledger
from workflows.ledger.refusals import JobNotFound
from workflows.submit import change_of
from workflows.windows.openings import calendar_for, opening_record
from workflows.windows.store import load_calendar


def reopen(ledger: Ledger, inventory: Inventory, job_id: str) -> str:
    """Have a job begin whose window is open, or tell it when that is to be; answers as the ledger.

    Many may do so at once: the ledger has a job begin once.
    """
    try:
        job = ledger.job(job_id)
    except JobNotFound:
        return ledger.reopen(job_id, opening_record_of_none())
    redis, everything = ledger.redis, load_calendar(ledger.redis)
    environment = _environment(inventory, job)
    calendar, found = calendar_for(redis, change_of(job), environment, everything)
    return ledger.reopen(job_id, opening_record(calendar, found))


def opening_record_of_none() -> dict[str, object]:
    """Return what is told of a job that is gone, so that nobody looks at it again."""
    return {"calendar": 0, "opens": "", "closes": "", "held_by": ""}


def _environment(inventory: Inventory, job: Job) -> Environment | None:
    try:
        return inventory.cluster(job.cluster).environment
    except ClusterNotFound:
        return Environment(job.founds) if job.founds else None
