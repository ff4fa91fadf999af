"""Reads a job out of what Redis keeps of it, as the script tells it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cluster.observation import Observation
from workflows.jobs import Job
from workflows.references import Reference
from workflows.states import FINISHED, JobStatus
from workflows.step_records import pairs, seconds_of, step_record

HOUR_MS = 3_600_000
ASKERS = ("requested_by", "requester", "again_by", "again_person")


def job_record(
    row: Mapping[str, str],
    steps: Sequence[tuple[Mapping[str, str], Mapping[str, str]]],
    *,
    position: int,
    holder: str,
    quorum_now: Mapping[str, Any] | None,
    overtaken_by: str = "",
    is_served: bool = True,
) -> Job:
    """Read a job's hash with those of its steps."""
    plan = json.loads(row["plan"])
    return Job(
        id=row["id"],
        cluster=row["cluster"],
        kind=row["kind"],
        params=json.loads(row["params"]),
        status=JobStatus(row["status"]),
        epoch=int(row["epoch"]),
        seq=int(row["seq"]),
        position=position,
        waits_for=holder if position and holder else None,
        created=int(row["created"]) / 1000,
        started=seconds_of(row, "started"),
        finished=seconds_of(row, "finished"),
        trace_id=row.get("trace_id", ""),
        reason=row["reason"],
        on_failure=row["on_failure"],
        accept=frozenset(json.loads(row.get("accept", "[]"))),
        plan=plan,
        steps=tuple(
            step_record(index, step, hosts, plan["steps"][index])
            for index, (step, hosts) in enumerate(steps)
        ),
        quorum_now=quorum_now,
        seconds=seconds_of(row, "worked"),
        running_since=seconds_of(row, "running_since"),
        founds=row.get("founds", ""),
        is_pinned=row.get("pinned") == "1",
        is_undone=row["direction"] == "undo",
        overtaken_by=overtaken_by if _is_overtaken(row, overtaken_by) else "",
        unserved_site="" if is_served else row.get("site", ""),
        requested_by=row.get("requested_by", ""),
        requester_name=row.get("requester_name", ""),
        via=row.get("via", ""),
        stopped=json.loads(row["error"]) if row.get("error") else None,
        failed_with=json.loads(row["cause"]) if row.get("cause") else None,
        failed_at=int(row.get("cause_at") or 0),
        without=frozenset(json.loads(row.get("without") or "[]")),
        approve_within=int(row.get("approval") or 0) // HOUR_MS,
        expires=seconds_of(row, "expires"),
        approved=seconds_of(row, "approved"),
        approved_by=row.get("approved_by", ""),
        approved_alone=row.get("approved_alone") == "1",
        approval_why=row.get("approval_why", ""),
        askers=frozenset(filter(None, map(row.get, ASKERS))),
        reference=Reference.from_dict(json.loads(told)) if (told := row.get("reference")) else None,
        **_holding(row),
        ends=row.get("ends", ""),
    )


def _holding(row: Mapping[str, str]) -> dict[str, Any]:
    """Return what is told of a wait for a window; fields stay in the record after it."""
    since = seconds_of(row, "held_since")
    if since is None:
        return {}
    opens = row.get("opens") or ""
    return {
        "held_since": since,
        "held_by": row.get("held_by", ""),
        "opens": int(opens) / 1000 if opens.isdigit() else None,
    }


def _is_overtaken(row: Mapping[str, str], by: str) -> bool:
    """Whether a job that rests, or waits for approval, cannot go on since another was there.

    One that was planned behind the other is planned anew after it, as the ledger has it too.
    """
    status = JobStatus(row["status"])
    waits = status is JobStatus.AWAITING_APPROVAL and by not in row.get("behind", "").split()
    return status in FINISHED or waits


def job_of_view(found: Sequence[Any]) -> Job:
    """Read a job as the script's view of it tells it."""
    row, steps, hosts, seen, position, holder, overtaken_by, served = found
    return job_record(
        pairs(row),
        [(pairs(step), pairs(rows)) for step, rows in zip(steps, hosts, strict=True)],
        position=position,
        holder=holder,
        quorum_now=Observation.from_dict(json.loads(seen)).quorum.as_dict() if seen else None,
        overtaken_by=overtaken_by,
        is_served=bool(served),
    )


def job_of_row(found: Sequence[str]) -> Job:
    """Read a job as the script tells it for a list: without params, and what its hosts said."""
    plan, text = found
    answer = json.loads(text)
    position, holder, overtaken_by, served = answer["around"]
    return job_record(
        answer["row"] | {"plan": plan, "params": "{}"},
        [(step, {}) for step in answer["steps"] or ()],
        position=position,
        holder=holder,
        quorum_now=None,
        overtaken_by=overtaken_by,
        is_served=bool(served),
    )
