"""The one way in: plan a change, record it as a job, then queue it."""

import json
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from cluster.findings import Finding, Severity
from cluster.jumps import BadJump, way
from cluster.spec import Host
from workflows.host_changes import connection, stored
from workflows.inventory import ClusterNotFound, Inventory
from workflows.jobs import Job
from workflows.kinds import KINDS
from workflows.ledger import Ledger
from workflows.ledger_refusals import HostChanged
from workflows.plan import Change, Plan, Refused, Scope
from workflows.process.tracing import new_trace_id
from workflows.queue import publish


class PlanChanged(Exception):
    """The plan that the client looked at is not the plan that would be carried out now."""

    def __init__(self, expected: str, plan: Plan) -> None:
        self.expected, self.plan = expected, plan
        super().__init__(
            f"cannot carry out the plan {expected}: the plan is now {plan.digest}; since then "
            "its steps have changed, or how its hosts are reached (address, port, user, key, "
            "pinned key, jump host)"
        )


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job that carries out a change, and whether this request made it."""

    job: Job
    created: bool
    not_taken: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the request says otherwise than the job that is there already, by field."""


def plan_change(inventory: Inventory, change: Change) -> Plan:
    """Plan a change against the inventory as it is; refusals are findings of the plan."""
    return _planned(change, _scope(inventory, change))


def _scope(inventory: Inventory, change: Change) -> Scope:
    """Read all that planning looks at."""
    try:
        cluster = inventory.cluster(change.cluster)
    except ClusterNotFound:
        cluster = None
    hosts = {host.name: host for host in inventory.hosts()}
    taken = {host.cluster for host in hosts.values() if host.cluster}
    jobs = inventory.jobs_at_work({change.cluster, *taken})
    return Scope(change.cluster, cluster, hosts, jobs)


def _planned(change: Change, scope: Scope) -> Plan:
    plan = KINDS[change.kind].plan(change, scope)
    return replace(plan, connections=_connections(plan, scope.hosts))


def _connections(plan: Plan, hosts: Mapping[str, Host]) -> dict[str, dict[str, Any]]:
    """Return how the hosts of a plan are reached; of one that is not known its findings tell."""
    names = set(plan.cluster.nodes).union(*(step.hosts for step in plan.steps))
    jumps = {host.name: host.jump for host in hosts.values() if host.jump}
    for name in tuple(names):
        with suppress(BadJump):  # a finding of the plan, too
            names.update(way(name, jumps))
    return {name: connection(hosts[name]) for name in sorted(names & hosts.keys())}


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
        return _existing(ledger.job(same), change)
    scope = _scope(inventory, change)
    plan = _planned(change, scope)
    refusals = plan.refusals(change.accept)
    if refusals:
        raise Refused(change, refusals, _in_the_way(scope, refusals))
    if plan_digest and plan_digest != plan.digest:
        raise PlanChanged(plan_digest, plan)
    record = _record(inventory, change, plan) | {
        "trace_id": trace_id or new_trace_id(),
        "reached": {name: stored(scope.hosts[name]) for name in plan.connections},
    }
    try:
        job_id, created = ledger.create(record)
    except HostChanged:  # in this very moment: what is stored is planned, and judged, anew
        return submit(ledger, inventory, change, plan_digest=plan_digest, trace_id=trace_id)
    if not created:
        return _existing(ledger.job(job_id), change)
    publish(ledger, job_id)
    return Submitted(ledger.job(job_id), created=True)


def _existing(job: Job, change: Change) -> Submitted:
    """Return the job that does the same already; its digest says that all else is equal."""
    fields = {
        "reason": (change.reason, job.reason),
        "accept": (sorted(change.accept), sorted(job.accept)),
    }
    differ = {
        name: {"asked": asked, "kept": kept}
        for name, (asked, kept) in fields.items()
        if asked != kept
    }
    return Submitted(job, created=False, not_taken=differ)


def _in_the_way(scope: Scope, refusals: Sequence[Finding]) -> str | None:
    """Return the job whose cluster, or whose hosts, the change would need."""
    clusters = [scope.name] if any(f.code == "cluster-exists" for f in refusals) else []
    clusters += [
        scope.hosts[finding.host].cluster
        for finding in refusals
        if finding.code == "host-in-cluster" and finding.host
    ]
    return next((scope.jobs[name] for name in clusters if name in scope.jobs), None)


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
