"""The evidence of a job in one document, with a digest over it; pure.

It holds what the job's own record and events tell, and nothing that other jobs change later: the
bundle of a job that has ended is the same whenever it is asked for, until somebody retries the job.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cluster.printable import visible_in

FORMAT = "clusterwright-evidence/1"
OBSERVED = "cluster.observed"
OF_PLANNED_STEPS = ("name", "title", "hosts", "final", "closes")
OF_STEPS = ("index", "name", "title", "status", "attempt", "started_time", "finished_time")
OF_HOSTS = ("status", "operation", "detail", "seconds", "attempt")


def bundle(
    job: Mapping[str, Any], plan: Mapping[str, Any], events: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the evidence of a job: of its document, its plan and its events, as dictionaries.

    A plan without steps and no events are told as far as the job's document knows them.
    """
    told = {
        "format": FORMAT,
        "job": {name: job.get(name) for name in ("id", "cluster", "kind", "params", "reason")},
        "asked": {
            "by": job.get("requested_by"),
            "by_name": job.get("requested_by_name"),
            "via": job.get("via"),
            "time": job.get("created_time"),
            "reference": job.get("reference"),
        },
        "approval": {
            "within_hours": job.get("approve_within") or 0,
            "why": job.get("approval_why"),
            "by": job.get("approved_by"),
            "alone": bool(job.get("approved_alone")),
            "time": job.get("approved_time"),
        },
        "accepted": _accepted(job),
        "plan": {
            "digest": job.get("plan_digest"),
            "steps": [_planned(row) for row in plan.get("steps") or ()],
            "findings": _findings((plan or job).get("findings") or ()),
        },
        "quorum": _quorum(job, events),
        "steps": [_carried_out(row) for row in job.get("steps") or ()],
        "end": {
            "status": job.get("status"),
            "started_time": job.get("started_time"),
            "finished_time": job.get("finished_time"),
            "seconds": job.get("seconds"),
            "waited_seconds": job.get("waited_seconds"),
            "without": job.get("without") or [],
            "error": _error(job.get("error")),
        },
        "log": [_line(event) for event in events],
    }
    whole = _plain(visible_in(told))
    return {**whole, "digest": digest_of(whole)}


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the bytes that the digest is of: names sorted, no blanks, UTF-8, without a digest."""
    told = {name: value for name, value in document.items() if name != "digest"}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def digest_of(document: Mapping[str, Any]) -> str:
    """Return the digest of a bundle, whether it holds one already or not."""
    return f"sha256:{hashlib.sha256(canonical(document)).hexdigest()}"


def _plain(value: Any) -> Any:
    """Return a document whose numbers are written the same by every program: 2, and not 2.0."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        rounded = round(value, 3)
        return int(rounded) if rounded.is_integer() else rounded
    return value


def _accepted(job: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each code that was accepted, with what it was said of."""
    rows = [*(job.get("findings") or ()), *((job.get("error") or {}).get("findings") or ())]
    return [
        {
            "code": code,
            "messages": list(dict.fromkeys(row["message"] for row in rows if row["code"] == code)),
        }
        for code in job.get("accept") or ()
    ]


def _findings(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    names = ("code", "severity", "host", "message")
    return [{name: row.get(name) for name in names} for row in rows]


def _planned(row: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: row.get(name) for name in OF_PLANNED_STEPS}
    return told | {"quorum_during": row.get("quorum_during"), "quorum_after": row.get("quorum")}


def _quorum(job: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the quorum as seen before, as planned, and as the job saw it, time by time."""
    told = job.get("quorum") or {}
    seen = [
        {"time": event["time"], "step": event["step"], **event["data"]}
        for event in events
        if event["type"] == OBSERVED
    ]
    return {
        "before": told.get("before"),
        "planned": told.get("expected"),
        "observed": seen,
        "after": seen[-1] if seen else None,
    }


def _carried_out(row: Mapping[str, Any]) -> dict[str, Any]:
    hosts = (row.get("hosts") or {}).items()
    return {
        **{name: row.get(name) for name in OF_STEPS},
        "seconds": row.get("seconds"),
        "waited_seconds": row.get("waited_seconds"),
        "hosts": {host: {name: told.get(name) for name in OF_HOSTS} for host, told in hosts},
        "findings": _findings(row.get("findings") or ()),
        "error": _error(row.get("error")),
    }


def _error(error: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not error:
        return None
    names = ("step", "message", "advice", "failures")
    told = {name: error[name] for name in names if name in error}
    return told | {"findings": _findings(error.get("findings") or ())}


def _line(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: event[name] for name in ("seq", "time", "type", "step", "status", "data")}
