"""A job as the JSON that programs read: a row of a list, or all of it."""

from typing import Any

from cluster.actions import documents
from workflows.jobs import Job
from workflows.moments import rfc3339


def job_row(job: Job) -> dict[str, Any]:
    """Return what a list tells of a job."""
    end = job.finished
    return {
        "id": job.id,
        "cluster": job.cluster,
        "kind": job.kind,
        "status": str(job.status),
        "finished_for_now": job.is_finished,
        "seq": job.seq,
        "position": job.position,
        "waits_for": job.waits_for,
        "created": job.created,
        "created_time": rfc3339(job.created),
        "started": job.started,
        "started_time": rfc3339(job.started),
        "finished": end,
        "finished_time": rfc3339(end),
        "running_since": job.running_since,
        "running_since_time": rfc3339(job.running_since),
        "seconds": job.seconds,
        "waited_seconds": job.waited,
        "reason": job.reason,
        "requested_by": job.requested_by or None,
        "requested_by_name": job.requester_name or None,
        "via": job.via or None,
        "held_since": job.held_since,
        "held_since_time": rfc3339(job.held_since),
        "held_by": job.held_by or None,
        "opens": job.opens,
        "opens_time": rfc3339(job.opens),
        "expires": job.expires,
        "expires_time": rfc3339(job.expires),
        "approval_asked_time": rfc3339(job.asked_approval),
        "next_action": job.next_action,
    }


def job_document(job: Job) -> dict[str, Any]:
    """Return all that is told of it."""
    return {
        **job_row(job),
        "params": dict(job.params),
        "epoch": job.epoch,
        "trace_id": job.trace_id,
        "without": sorted(job.without),
        "approve_within": job.approve_within,
        "approved": job.approved,
        "approved_time": rfc3339(job.approved),
        "approved_by": job.approved_by or None,
        "approved_alone": job.approved_alone,
        "approval_why": job.approval_why or None,
        "reference": job.reference.as_dict() if job.reference else None,
        "ends": job.ends or None,
        "waits": dict(job.waits) if job.waits else None,
        "accept": sorted(job.accept),
        "acceptable": job.acceptable,
        "on_failure": job.on_failure,
        "overtaken_by": job.overtaken_by or None,
        "plan_digest": job.plan["digest"],
        "findings": [dict(finding) for finding in job.findings],
        "quorum": {
            "before": job.plan["quorum_before"],
            "now": job.quorum_now,
            "during": job.narrowest,
            "expected": job.plan["quorum_after"],
        },
        "steps": [step.as_dict() for step in job.steps],
        "error": job.error,
        "cause": job.cause,
        "actions": documents(job.actions),
    }
