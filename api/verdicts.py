"""How what rules say of an event is told: each rule, and the change that one asks for."""

from typing import Any

from workflows.hooks.rules.verdicts import Verdict
from workflows.plan import Change


def row_bodies(verdict: Verdict) -> list[dict[str, Any]]:
    """Return what each rule says to the event."""
    return [{"rule": row.rule, "matched": row.matched, "why": row.why} for row in verdict.rows]


def change_body(change: Change) -> dict[str, Any]:
    """Return a change as it would be posted, with its cluster."""
    return {
        "cluster": change.cluster,
        "kind": change.kind,
        "params": dict(change.params),
        "accept": sorted(change.accept),
        "on_failure": change.on_failure,
        "reason": change.reason,
        "approve_within": change.approve_within,
    }
