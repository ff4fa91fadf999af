"""Has a job go on, also without hosts that are lost for good: narrows it, plans it, and asks."""

import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from cluster.actions import Action, Advised, AdvisedError
from cluster.spec import Cluster
from workflows.access import NOBODY, Principal
from workflows.inventory import ClusterNotFound, Inventory
from workflows.jobs import Job
from workflows.kinds import kind_of
from workflows.ledger.ledger import Ledger
from workflows.ledger.refusals import ClusterMoved
from workflows.narrowing import NotNarrower, named_in, narrowed, unseen
from workflows.plan import Change, Plan, Refused
from workflows.plan_records import rest_record
from workflows.remaining import NotFitting, rest_of
from workflows.scope import read_scope
from workflows.states import JobStatus
from workflows.submit import MOST_ATTEMPTS, change_of, planned_in


class HostNeeded(AdvisedError):
    """The job does not go on without that host, as things stand."""


class NotLeftOut(AdvisedError):
    """The change cannot be what it is without that host."""


def retry(
    ledger: Ledger,
    inventory: Inventory,
    job_id: str,
    *,
    accept: Iterable[str] = (),
    without: Iterable[str] = (),
    by: Principal = NOBODY,
) -> Job:
    """Have a job go on, without hosts that are lost for good if some are named.

    Those that were given up before, as with a rollback that was cancelled, are lost still.
    Raises as ``Ledger.retry`` does, and ``HostNeeded``, ``NotLeftOut``, or ``Refused`` by what
    planning finds of the change without them; then nothing has changed.
    """
    named = frozenset(without)
    for attempt in range(MOST_ATTEMPTS):
        job = ledger.job(job_id)
        codes = job.accept | frozenset(accept)
        rest = _rest(ledger, inventory, job, named, codes) if "retry" in job.can else None
        try:
            return ledger.retry(job.id, accept=codes, by=by, rest=rest)
        except ClusterMoved:
            if attempt == MOST_ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


def _rest(
    ledger: Ledger, inventory: Inventory, job: Job, named: frozenset[str], codes: frozenset[str]
) -> dict[str, Any] | None:
    """Return what the ledger is told of what remains; ``None`` where no host has to be left out."""
    kind, change = kind_of(job.kind), change_of(job)
    lost = job.without | named
    fresh = named_in(kind, change, lost)
    if not fresh and named <= job.without:
        return None
    record = _record(inventory, job.cluster)
    asked = sorted(fresh | (named - job.without))
    _refuse_needed(job, record, asked)
    if strange := [host for host in asked if host not in fresh]:
        why = f"the change does not name {_it(strange)}"
        raise NotLeftOut(_cannot(job, strange, why), *_ways_out(job, lost))
    try:
        change = narrowed(kind, change, lost)
        scope = read_scope(ledger, inventory, change, own=job.id)
        hosts = inventory.hosts_known(lost).values()
        plan = planned_in(change, replace(scope, cluster=unseen(scope.cluster, hosts, lost)))
        _refuse_unplanned(change, plan, codes)
        rest = rest_of(job.plan["steps"], job.steps, plan, record, lost)
    except NotNarrower as error:
        raise NotLeftOut(_cannot(job, asked, str(error)), *_ways_out(job, lost)) from None
    except NotFitting as error:
        raise HostNeeded(_cannot(job, asked, str(error)), *_ways_out(job, lost)) from None
    return rest_record(job, plan, scope, rest) | {
        "params": json.dumps(change.params),
        "digest": change.digest,
        "without": json.dumps(sorted(lost)),
    }


def _record(inventory: Inventory, cluster: str) -> Cluster | None:
    try:
        return inventory.cluster(cluster)
    except ClusterNotFound:
        return None


def _refuse_needed(job: Job, record: Cluster | None, hosts: Collection[str]) -> None:
    """Raise ``HostNeeded`` where a host is a node, or the job may not become another now."""
    lost = job.without.union(hosts)
    nodes = [host for host in hosts if record and host in record.nodes]
    if nodes:
        are = "it is a node" if len(nodes) == 1 else "they are nodes"
        why = f"{are} of cluster {job.cluster} already, and what is done is not left out"
        raise HostNeeded(_cannot(job, nodes, why), *_ways_out(job, lost))
    if job.status is JobStatus.WAITING:
        why = "its step waits for what may still come; cancel the job, then retry it so"
        raise HostNeeded(_cannot(job, hosts, why), Action.CANCEL_JOB.of(job=job.id))
    if job.approved is not None:
        why = "somebody approved its very plan, and without the host it is another"
        raise HostNeeded(_cannot(job, hosts, why), *_ways_out(job, lost))


def _cannot(job: Job, hosts: Iterable[str], why: str) -> str:
    names = sorted(hosts)
    back = f"; the job can be rolled back without {_it(names)}" if "rollback" in job.can else ""
    return f"cannot retry job {job.id} without {', '.join(names)}: {why}{back}"


def _it(hosts: Collection[str]) -> str:
    return "it" if len(hosts) == 1 else "them"


def _ways_out(job: Job, lost: Iterable[str]) -> list[Advised]:
    back = Action.ROLLBACK_WITHOUT.of(job=job.id, without=",".join(sorted(lost)))
    return [*([back] if "rollback" in job.can else []), Action.SHOW_JOB.of(job=job.id)]


def _refuse_unplanned(change: Change, plan: Plan, codes: frozenset[str]) -> None:
    """Raise ``Refused`` by the findings; of the request that retries they are about no field."""
    if refusals := plan.refusals(codes):
        raise Refused(change, tuple(replace(finding, field=None) for finding in refusals))
