"""Plans a job anew, as it begins or goes on: what it rests on may have changed meanwhile."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cluster.findings import Finding
from workflows.inventory import HostNotFound, Inventory
from workflows.jobs import Job
from workflows.ledger.ended import ended
from workflows.ledger.kept import as_json
from workflows.ledger.ledger import Ledger
from workflows.ledger.refusals import HostTaken
from workflows.narrowing import unseen
from workflows.outlines import difference, outline_of
from workflows.plan import Change, Plan, Refused, Scope
from workflows.plan_records import plan_record, rest_record
from workflows.remaining import NotFitting, Rest, rest_of
from workflows.scope import read_scope
from workflows.states import JobEvent
from workflows.submit import change_of, planned_in

logger = logging.getLogger(__name__)


def replan(ledger: Ledger, inventory: Inventory, job_id: str) -> bool:
    """Plan a job anew; return whether its steps are the same and may be claimed at once.

    Where they are not, the ledger has the new ones, or the job has ended with the reason. Of a job
    that has begun, and goes on with a retry, only what has not begun is planned anew.
    """
    job = ledger.job(job_id)
    change = change_of(job)
    scope = read_scope(ledger, inventory, change, own=job.id)
    if job.has_begun:
        scope = _without_own(inventory, job, scope)
    plan = planned_in(change, scope)
    if refusals := plan.refusals(job.accept):
        return _end(ledger, job, scope.revision, JobEvent.FAILED, _refused(job, refusals))
    record = _record(inventory, job, plan, scope)
    rows = json.loads(record["plan"])["steps"]
    differing = difference(outline_of(rows), outline_of(job.plan["steps"]))
    if differing and job.is_pinned and not job.has_begun:
        return _end(ledger, job, scope.revision, JobEvent.OUTDATED, _outdated(job, plan, differing))
    record |= {
        "seq": job.seq,
        "differs": bool(differing) and not job.is_pinned,
        "difference": as_json({"difference": differing}),
    }
    try:
        answer = ledger.replan(job.id, job.epoch, record)
    except (HostTaken, HostNotFound) as error:
        return _end(ledger, job, scope.revision, JobEvent.FAILED, ended(str(error), ""))
    if answer == "replanned":
        logger.info("the job is planned anew: %s", "; ".join(differing))
    return answer == "ok"


def _without_own(inventory: Inventory, job: Job, scope: Scope) -> Scope:
    """Return the scope as if nothing had been seen of the hosts that the job makes nodes."""
    nodes = scope.cluster.nodes if scope.cluster else {}
    own = job.without.union(host for host in job.hosts if host not in nodes)
    hosts = inventory.hosts_known(own).values()
    return replace(scope, cluster=unseen(scope.cluster, hosts, own))


def _record(inventory: Inventory, job: Job, plan: Plan, scope: Scope) -> dict[str, Any]:
    """Return the plan as the ledger is to keep it.

    Where what has begun is not what the new plan begins with, the job keeps the plan that it has:
    it is carried on with, and the guards of its steps look at the cluster as it is.
    """
    if not job.has_begun:
        return plan_record(plan, scope)
    try:
        rest = rest_of(job.plan["steps"], job.steps, plan, scope.record, job.without)
    except NotFitting as error:
        logger.info("the job keeps its plan: %s", error)
        rest = None
    if rest is None or rest.left_out:
        rest = Rest(tuple(job.plan["steps"]), len(job.steps), ())
    return rest_record(job, plan, scope, rest)


def _end(ledger: Ledger, job: Job, basis: int, event: JobEvent, error: Mapping[str, Any]) -> bool:
    logger.warning("the job ends before it goes on: %s", error["message"])
    record = {"basis": basis, "seq": job.seq}
    ledger.unplanned(job.id, job.epoch, record, event, error)
    return False


def _refused(job: Job, refusals: tuple[Finding, ...]) -> dict[str, Any]:
    change = Change(job.cluster, job.kind, job.params)
    findings = [finding.as_dict() for finding in refusals]
    since = "with a part of it done" if job.has_begun else "after the jobs before"
    message = f"{Refused(change, refusals)} (as the cluster is now, {since})"
    return ended(message, refusals[0].advice) | {"findings": findings}


def _outdated(job: Job, plan: Plan, difference: Sequence[str]) -> dict[str, Any]:
    return ended(
        f"cannot carry out the plan {job.plan['digest']}: the cluster has changed since, and it is "
        f"now {plan.digest}: {'; '.join(difference)}",
        "look at the plan as it is now, and post that",
    ) | {"difference": list(difference)}
