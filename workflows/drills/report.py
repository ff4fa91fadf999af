"""The report of a drill, of what its steps have found; pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from cluster.drills import MOMENTS, Probed, interruption

FORMAT = "clusterwright-drill/1"
STOP, WATCH, START, JUDGE = "stop_for_drill", "watch_drill", "start_after_drill", "judge_drill"
STEPS = (STOP, WATCH, START, JUDGE)
"""The steps whose outputs a report is made of."""


def report(job: Mapping[str, Any], found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the report of a drill; ``found`` are the outputs of its steps, of those that are done.

    What was not reached, or not seen, is ``None``: a drill that was cut short has no verdict.
    """
    stopped, watched = found.get(STOP, {}), found.get(WATCH, {})
    started, judged = found.get(START, {}), found.get(JUDGE, {})
    log = [Probed.from_dict(row) for row in watched.get("log", ())]
    return {
        "format": FORMAT,
        "job": {name: job.get(name) for name in ("id", "cluster", "status", "reason")},
        "asked": {"by": job.get("requested_by"), "time": job.get("created_time")},
        "host": stopped.get("host"),
        "target": stopped.get("target"),
        "how": stopped.get("how") or (job.get("params") or {}).get("how"),
        "seconds": (job.get("params") or {}).get("seconds"),
        "passed": judged.get("passed"),
        "criteria": list(judged.get("criteria", ())),
        "moments": _moments(stopped, watched, started),
        "log": [row.as_dict() for row in log],
        "observers": [_observer(log, host) for host in watched.get("observers", ())],
        "pods": stopped.get("pods"),
        "before": _roles(stopped),
        "after": _roles(judged),
    }


def _moments(
    stopped: Mapping[str, Any], watched: Mapping[str, Any], started: Mapping[str, Any]
) -> list[dict[str, Any]]:
    seconds: dict[str, float] = dict(watched.get("seen", {}))
    if "at" in stopped:
        seconds["stopped"] = 0.0
        if "ready_at" in started:
            seconds["ready"] = round(started["ready_at"] - stopped["at"], 1)
    return [
        {"name": name, "says": says, "seconds": seconds.get(name)} for name, says in MOMENTS.items()
    ]


def _observer(log: Sequence[Probed], host: str) -> dict[str, Any]:
    silent = [row for row in log if host in row.silent]
    return {
        "host": host,
        "probes": sum(row.probes for row in log),
        "failed": sum(row.probes for row in silent),
        "first_failure": silent[0].begins if silent else None,
        "last_failure": silent[-1].ends if silent else None,
        "longest_silence": round(interruption(log, host), 1),
    }


def _roles(found: Mapping[str, Any]) -> dict[str, Any] | None:
    if "roles" not in found:
        return None
    return {"leader": found.get("leader"), "roles": dict(found["roles"])}
