"""The one way in: plan a change, record it as a job, then queue it."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis

from cluster.findings import Finding
from cluster.spec import Environment
from workflows import approval_policies
from workflows.access import NOBODY, Forbidden, Permission, Principal, RequestKey, demand
from workflows.approval_policy import ApprovalPolicy
from workflows.approvals import approval_of
from workflows.audit.records import Act, Outcome
from workflows.audit.unrouted import record_unrouted
from workflows.cluster_rules import site_findings
from workflows.inventory import Inventory
from workflows.jobs import Job
from workflows.kinds import kind_of, permission_for
from workflows.ledger.job_records import HOUR_MS
from workflows.ledger.ledger import Ledger
from workflows.ledger.refusals import ClusterMoved, HostChanged
from workflows.permits import environment_of, permit
from workflows.plan import Change, Plan, Refused, Scope
from workflows.plan_records import plan_record, sites_of
from workflows.planner import planned
from workflows.process.tracing import new_trace_id
from workflows.queue import publish
from workflows.references import Reference
from workflows.scope import read_scope
from workflows.shown_plans import ShownPlan, recall, remember
from workflows.states import CARRIED_OUT
from workflows.windows import store
from workflows.windows.calendar import OVERRIDES, Calendar
from workflows.windows.openings import calendar_for, findings, opening_record

MOST_ATTEMPTS = 20
"""At recording a plan while others change the cluster, or its queue, at the same moments."""


class PlanChanged(Exception):
    """The plan that the client looked at is not the plan that would be carried out now."""

    def __init__(self, expected: str, plan: Plan, difference: tuple[str, ...]) -> None:
        self.expected, self.plan, self.difference = expected, plan, difference
        super().__init__(
            f"cannot carry out the plan {expected}: the plan is now {plan.digest}; since then "
            f"{'; '.join(difference)}; look at the plan as it is now, and post that"
        )


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job that carries out a change, and whether this request made it."""

    job: Job
    created: bool
    is_repeated: bool = False
    """Whether a request of the same name has led to it before."""
    not_taken: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the request says otherwise than the job that is there already, by field."""


def plan_change(ledger: Ledger, inventory: Inventory, change: Change) -> Plan:
    """Plan a change against what there is; refusals are findings of the plan.

    Its outline is remembered for a day, so that who posts it later is told what differs.
    """
    scope = read_scope(ledger, inventory, change)
    plan = planned_in(change, scope)
    environment, everything = _environment(scope, plan), store.load_calendar(ledger.redis)
    _, opening = calendar_for(ledger.redis, change, environment, everything)
    plan = plan.with_findings(*findings(change, opening))
    remember(ledger.redis, plan.digest, ShownPlan(plan.basis.revision, plan.outline))
    return plan


def _difference(ledger: Ledger, expected: str, plan: Plan) -> tuple[str, ...]:
    """Say how a plan differs from the one that somebody looked at, as far as that is known."""
    known = recall(ledger.redis, expected)
    if known is None:
        return (
            f"cluster {plan.cluster} has changed (its record is at revision "
            f"{plan.basis.revision}), or how its hosts are reached",
        )
    differences = []
    if known.revision != plan.basis.revision:
        differences.append(
            f"the record of cluster {plan.cluster} went from revision {known.revision} to "
            f"{plan.basis.revision}"
        )
    differences += plan.difference(known.outline)
    return tuple(differences) or (
        "its hosts are reached otherwise (address, port, user, key, pinned key, jump host)",
    )


def planned_in(change: Change, scope: Scope) -> Plan:
    """Plan a change on what was read of the ledger and the inventory for it."""
    plan = planned(kind_of(change.kind), change, scope)
    sites = sites_of(plan, scope)
    return plan.with_findings(*site_findings(sites, scope.unserved))


def submit(
    ledger: Ledger,
    inventory: Inventory,
    change: Change,
    *,
    plan_digest: str | None = None,
    trace_id: str = "",
    by: Principal = NOBODY,
    keys: Sequence[RequestKey] = (),
    reference: Reference | None = None,
) -> Submitted:
    """Record a change as a job and queue it; an identical unfinished change keeps its job.

    The job belongs to the trace that is given, or to one of its own. A request with one of the
    same ``keys`` leads to the same job as long as that is kept; the first is its own name.
    ``reference`` is what it was asked for, and no part of the change.
    Raises ``Forbidden``, ``Refused``, ``PlanChanged``, ``HostTaken`` or ``KeyOfAnother``; then
    nothing is stored or queued.
    """
    about: dict[str, Any] = {"requested_by": by.id, "via": str(by.via or "")}
    about |= {"requester": by.person, "requester_name": by.name, "trace_id": trace_id}
    if reference:
        about["reference"] = json.dumps(reference.as_dict())
    try:
        found = _submitted(ledger, inventory, change, plan_digest, by, keys, about)
    except Forbidden:
        record_unrouted(ledger.redis, by, _act(change, Outcome.REFUSED, trace_id))
        raise
    if found.created:
        act = _act(change, Outcome.DONE, found.job.trace_id, job=found.job.id)
        record_unrouted(ledger.redis, by, act)
    return found


def _act(change: Change, outcome: Outcome, trace_id: str, **more: str) -> Act:
    asked = {"kind": change.kind, "digest": change.digest, "reason": change.reason}
    where = f"cluster {change.cluster}", change.cluster
    return Act("request-change", *where, after=asked | more, outcome=outcome, trace_id=trace_id)


def _submitted(
    ledger: Ledger,
    inventory: Inventory,
    change: Change,
    plan_digest: str | None,
    by: Principal,
    keys: Sequence[RequestKey],
    about: Mapping[str, Any],
) -> Submitted:
    permit(inventory, by, permission_for(change.kind, change.params), change.cluster)
    asked = {**about, "keys": [key.as_dict() for key in keys]}
    for attempt in range(MOST_ATTEMPTS):
        if known := _known(ledger, change, keys):
            return known
        try:
            record = asked | _accepted(ledger, inventory, change, plan_digest, by)
            trace_id = about["trace_id"] or new_trace_id()
            job_id, created = ledger.create(record | {"trace_id": trace_id})
        except Refused:
            # Perhaps by what the very same request did a moment ago.
            if known := _known(ledger, change, keys):
                return known
            raise
        except (HostChanged, ClusterMoved):
            if attempt == MOST_ATTEMPTS - 1:
                raise
            continue  # in this very moment: what is stored is planned, and judged, anew
        if created:
            job = ledger.job(job_id)
            if job.status in CARRIED_OUT:
                publish(ledger, job_id)
            return Submitted(job, created=True)
    raise AssertionError("the last attempt returns or raises")


def _known(ledger: Ledger, change: Change, keys: Sequence[RequestKey]) -> Submitted | None:
    """Return the job that this request, or an unfinished one for the same change, has made."""
    found = ledger.known(change.cluster, change.digest, keys)
    if found is None:
        return None
    how, job = found
    if how == "same":
        return _existing(ledger.job(job), change)
    return Submitted(ledger.job(job), created=how == "made", is_repeated=True)


def _accepted(
    ledger: Ledger,
    inventory: Inventory,
    change: Change,
    plan_digest: str | None,
    by: Principal,
) -> dict[str, Any]:
    """Return the record of a change that may be carried out; raises as ``submit`` does."""
    scope = read_scope(ledger, inventory, change)
    plan = planned_in(change, scope)
    environment = _environment(scope, plan)
    _demand(by, change, plan, environment)
    everything, policy = _in_force(ledger.redis)
    calendar, opening = calendar_for(ledger.redis, change, environment, everything)
    plan = plan.with_findings(*findings(change, opening))
    refusals = plan.refusals(change.accept)
    if refusals:
        raise Refused(change, refusals, _in_the_way(scope, refusals))
    if plan_digest and plan_digest != plan.digest:
        raise PlanChanged(plan_digest, plan, _difference(ledger, plan_digest, plan))
    approval = approval_of(ledger.redis, change, environment, by, policy)
    return {
        "id": uuid.uuid4().hex,
        "cluster": change.cluster,
        "kind": change.kind,
        "lock": str(kind_of(change.kind).lock),
        "params": json.dumps(change.params),
        "digest": change.digest,
        "reason": change.reason,
        "on_failure": change.on_failure,
        "accept": json.dumps(sorted(change.accept)),
        "pinned": bool(plan_digest),
        "approval": approval.within * HOUR_MS,
        "approval_why": approval.why,
        "ahead": " ".join(scope.basis.behind),
        **plan_record(plan, scope),
        **opening_record(calendar, opening),
    }


def permit_change(inventory: Inventory, by: Principal, change: Change, plan: Plan) -> None:
    """Raise ``Forbidden`` where ``submit`` would, for a change whose plan is known."""
    permit(inventory, by, permission_for(change.kind, change.params), change.cluster)
    _demand(by, change, plan, environment_of(inventory, change.cluster) or plan.founds)


def _demand(by: Principal, change: Change, plan: Plan, environment: Environment | None) -> None:
    """Raise ``Forbidden`` where the plan needs more than the change by its kind does."""
    if plan.founds:
        need = permission_for(change.kind, change.params)
        demand(by, need, cluster=change.cluster, environment=plan.founds)
    if OVERRIDES & change.accept:
        demand(by, Permission.ADMIN, cluster=change.cluster, environment=environment)


def _in_force(client: redis.Redis) -> tuple[Calendar, ApprovalPolicy]:
    """Return the calendar and the approval policy, read in one go."""
    with client.pipeline(transaction=False) as pipe:
        pipe.hgetall(store.KEY)
        pipe.hgetall(approval_policies.KEY)
        calendar, policy = pipe.execute()
    return store.calendar_of(calendar), approval_policies.policy_of(policy).policy


def _environment(scope: Scope, plan: Plan) -> Environment | None:
    """Return what the cluster of a change is for, or is to be."""
    return scope.record.environment if scope.record else plan.founds


def change_of(job: Job) -> Change:
    """Return the change that a job carries out."""
    return Change(
        job.cluster, job.kind, job.params, job.accept, on_failure=job.on_failure, reason=job.reason
    )


def _existing(job: Job, change: Change) -> Submitted:
    """Return the job that does the same already; its digest says that all else is equal."""
    fields = {
        "reason": (change.reason, job.reason),
        "accept": (sorted(change.accept), sorted(job.accept)),
        "approve_within": (change.approve_within or _by_policy(job), job.approve_within),
    }
    differ = {
        name: {"asked": asked, "kept": kept}
        for name, (asked, kept) in fields.items()
        if asked != kept
    }
    return Submitted(job, created=False, not_taken=differ)


def _by_policy(job: Job) -> int:
    """Return the hours for the approval that the policy asks for, not the request."""
    return job.approve_within if job.approval_why else 0


def _in_the_way(scope: Scope, refusals: Sequence[Finding]) -> str | None:
    """Return the job whose cluster, or whose hosts, the change would need."""
    for finding in refusals:
        held = scope.reservations.get(finding.host or "")
        if finding.code == "host-reserved" and held:
            return held.job
    if any(finding.code == "cluster-destroying" for finding in refusals):
        return scope.destroyed_by
    clusters = [scope.name] if any(f.code == "cluster-exists" for f in refusals) else []
    clusters += [
        scope.hosts[finding.host].cluster
        for finding in refusals
        if finding.code == "host-in-cluster" and finding.host
    ]
    return next((scope.jobs[name] for name in clusters if name in scope.jobs), None)
