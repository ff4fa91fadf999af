"""The one way in: plan a change, record it as a job, then queue it."""

import json
import uuid
from dataclasses import dataclass

from deploy_scripts.findings import Finding, Severity
from workflows.inventory import ClusterNotFound, Inventory
from workflows.jobs import Job
from workflows.kinds import KINDS
from workflows.ledger import Ledger
from workflows.plan import Change, Plan, Refused, Scope
from workflows.queue import publish
from workflows.tracing import new_trace_id


class PlanChanged(Exception):
    """The plan that the client looked at is not the plan that would be carried out now."""

    def __init__(self, expected: str, actual: str) -> None:
        self.expected, self.actual = expected, actual
        super().__init__(f"cannot carry out the plan {expected}: the plan is now {actual}")


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job that carries out a change, and whether this request made it."""

    job: Job
    created: bool


def plan_change(inventory: Inventory, change: Change) -> Plan:
    """Plan a change against the inventory as it is; refusals are findings of the plan."""
    try:
        cluster = inventory.cluster(change.cluster)
    except ClusterNotFound:
        cluster = None
    hosts = {host.name: host for host in inventory.hosts()}
    return KINDS[change.kind].plan(change, Scope(change.cluster, cluster, hosts))


def submit(
    ledger: Ledger,
    inventory: Inventory,
    change: Change,
    *,
    plan_digest: str | None = None,
    trace_id: str = "",
) -> Submitted:
    """Record a change as a job and queue it; an identical unfinished change keeps its job.

    The job belongs to the trace that is given, or to one of its own.
    Raises ``Refused``, ``PlanChanged`` or ``HostTaken``; then nothing is stored or queued.
    """
    same = ledger.twin(change.cluster, change.digest)
    if same:
        return Submitted(ledger.job(same), created=False)
    plan = plan_change(inventory, change)
    refusals = plan.refusals(change.accept)
    if refusals:
        raise Refused(change, refusals)
    if plan_digest and plan_digest != plan.digest:
        raise PlanChanged(plan_digest, plan.digest)
    record = _record(inventory, change, plan) | {"trace_id": trace_id or new_trace_id()}
    job_id, created = ledger.create(record)
    if created:
        publish(ledger, job_id)
    return Submitted(ledger.job(job_id), created)


def _record(inventory: Inventory, change: Change, plan: Plan) -> dict[str, object]:
    sites = {host.site for host in inventory.hosts_named(list(plan.cluster.nodes))}
    if len(sites) > 1:
        raise Refused(change, (_many_sites(sites),))
    return {
        "id": uuid.uuid4().hex,
        "cluster": change.cluster,
        "kind": change.kind,
        "params": json.dumps(change.params),
        "plan": json.dumps(plan.as_dict()),
        "digest": change.digest,
        "reason": change.reason,
        "on_failure": change.on_failure,
        "accept": json.dumps(sorted(change.accept)),
        "reserves": json.dumps(plan.reserves),
        "cluster_after": json.dumps(plan.cluster.spec()),
        "site": sites.pop(),
        "step_names": [step.name for step in plan.steps],
    }


def _many_sites(sites: set[str]) -> Finding:
    return Finding(
        code="many-sites",
        severity=Severity.REFUSE,
        message=f"the hosts stand at {len(sites)} sites ({', '.join(sorted(sites))}), and one "
        "cluster is reached from one",
        advice="name hosts of one site",
        field="/params/control_plane",
    )
