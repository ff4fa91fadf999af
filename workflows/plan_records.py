"""What the ledger keeps of a plan."""

import json
from collections.abc import Iterable
from typing import Any

from workflows.closing import openers, pairs
from workflows.host_changes import stored
from workflows.jobs import Job
from workflows.plan import Plan, Scope
from workflows.remaining import Rest


def plan_record(plan: Plan, scope: Scope) -> dict[str, Any]:
    """Return a plan as the ledger keeps it, with what it rests on."""
    return {
        "plan": json.dumps(plan.as_dict()),
        "reserves": json.dumps(plan.reserves),
        "coming": json.dumps({host: node.as_dict() for host, node in plan.coming.items()}),
        "founds": str(plan.founds or ""),
        "basis": scope.revision,
        "site": min(sites_of(plan, scope), default="default"),
        "step_names": [step.name for step in plan.steps],
        "finals": [place for place, step in enumerate(plan.steps) if step.is_final],
        "closings": list(openers(plan.steps).items()),
        "reached": {name: stored(scope.hosts[name]) for name in plan.connections},
    }


def rest_record(job: Job, plan: Plan, scope: Scope, rest: Rest) -> dict[str, Any]:
    """Return the same of what remains of a job that has begun, planned for it as it stood.

    ``plan`` is that of the whole change; what the datastore was before the job began stays told.
    """
    story = plan.as_dict() | {"steps": rest.steps, "quorum_before": job.plan["quorum_before"]}
    closings = pairs([(row["name"], row.get("closes") or "") for row in rest.steps])
    return plan_record(plan, scope) | {
        "plan": json.dumps(story),
        "step_names": [row["name"] for row in rest.steps],
        "finals": [place for place, row in enumerate(rest.steps) if row.get("final")],
        "closings": list(closings.items()),
        "seq": job.seq,
        "kept": rest.kept,
        "left_out": list(rest.left_out),
    }


def sites_of(plan: Plan, scope: Scope) -> set[str]:
    """Return the sites of all hosts that a plan touches."""
    names: Iterable[str] = set(plan.reserves).union(*(step.hosts for step in plan.steps))
    return {scope.hosts[name].site for name in names if name in scope.hosts}
