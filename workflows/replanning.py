"""Plans a job anew, as it is about to begin: what it rests on may have changed while it waited."""

import logging
from collections.abc import Sequence
from typing import Any

from cluster.findings import Finding
from workflows.inventory import HostNotFound, Inventory
from workflows.jobs import Job
from workflows.ledger.ended import ended
from workflows.ledger.kept import as_json
from workflows.ledger.ledger import Ledger
from workflows.ledger.refusals import HostTaken
from workflows.plan import Change, Plan, Refused, outline_of
from workflows.scope import read_scope
from workflows.states import JobEvent
from workflows.submit import change_of, plan_record, planned_in

logger = logging.getLogger(__name__)


def replan(ledger: Ledger, inventory: Inventory, job_id: str) -> bool:
    """Plan a job anew; return whether its steps are the same and may be claimed at once.

    Where they are not, the ledger has the new ones, or the job has ended with the reason.
    """
    job = ledger.job(job_id)
    change = change_of(job)
    scope = read_scope(ledger, inventory, change, own=job.id)
    plan = planned_in(change, scope)
    refusals = plan.refusals(job.accept)
    basis = scope.revision
    if refusals:
        return _end(ledger, job, basis, JobEvent.FAILED, _refused(job, refusals))
    difference = plan.difference(outline_of(job.plan["steps"]))
    if difference and job.is_pinned:
        return _end(ledger, job, basis, JobEvent.OUTDATED, _outdated(job, plan, difference))
    said = plan_record(plan, scope) | {
        "differs": bool(difference),
        "difference": as_json({"difference": difference}),
    }
    try:
        answer = ledger.replan(job.id, job.epoch, said)
    except (HostTaken, HostNotFound) as error:
        return _end(ledger, job, basis, JobEvent.FAILED, ended(str(error), ""))
    if answer == "replanned":
        logger.info("the job is planned anew: %s", "; ".join(difference))
    return answer == "ok"


def _end(ledger: Ledger, job: Job, basis: int, event: JobEvent, error: dict[str, Any]) -> bool:
    logger.warning("the job ends before it begins: %s", error["message"])
    ledger.unplanned(job.id, job.epoch, basis, event, error)
    return False


def _refused(job: Job, refusals: tuple[Finding, ...]) -> dict[str, Any]:
    change = Change(job.cluster, job.kind, job.params)
    findings = [finding.as_dict() for finding in refusals]
    said = f"{Refused(change, refusals)} (as the cluster is now, after the jobs before)"
    return ended(said, refusals[0].advice) | {"findings": findings}


def _outdated(job: Job, plan: Plan, difference: Sequence[str]) -> dict[str, Any]:
    return ended(
        f"cannot carry out the plan {job.plan['digest']}: the cluster has changed since, and it is "
        f"now {plan.digest}: {'; '.join(difference)}",
        "look at the plan as it is now, and post that",
    ) | {"difference": list(difference)}
