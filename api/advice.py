"""Advice as HTTP requests: how this API words what a person can do."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from cluster.actions import Action

REQUESTS: Mapping[str, str] = {
    Action.ADD_HOST: "PUT /v1/hosts/{host}",
    Action.CHANGE_HOST: "PUT /v1/hosts/{host}",
    Action.REPIN_HOST: "PUT /v1/hosts/{host}",
    Action.SHOW_HOST: "GET /v1/hosts/{host}",
    Action.LIST_HOSTS: "GET /v1/hosts",
    Action.LIST_CLUSTERS: "GET /v1/clusters",
    Action.SHOW_CLUSTER: "GET /v1/clusters/{cluster}",
    Action.LIST_JOBS: "GET /v1/jobs",
    Action.SHOW_JOB: "GET /v1/jobs/{job}",
    Action.FOLLOW_JOB: "GET /v1/jobs/{job}/events",
    Action.CANCEL_JOB: "POST /v1/jobs/{job}/cancel",
    Action.APPROVE_JOB: "POST /v1/jobs/{job}/approve",
    Action.REJECT_JOB: "POST /v1/jobs/{job}/reject",
    Action.RETRY_JOB: "POST /v1/jobs/{job}/retry",
    Action.RETRY_ACCEPTING: "POST /v1/jobs/{job}/retry",
    Action.ROLLBACK_JOB: "POST /v1/jobs/{job}/rollback",
    Action.ROLLBACK_WITHOUT: "POST /v1/jobs/{job}/rollback",
    Action.PLAN_CHANGE: "POST /v1/clusters/{cluster}/plans",
    Action.LIST_KINDS: "GET /v1/kinds",
    Action.LIST_SCHEDULES: "GET /v1/schedules",
    Action.LIST_WINDOWS: "GET /v1/windows",
    Action.LIST_FREEZES: "GET /v1/freezes",
    Action.CHECK_STACK: "GET /readyz",
}
FOLDED = ("error", "findings", "steps", "failures")
"""Members of a document in which advice may stand, deeper down."""


def with_requests(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document in which every advised action has its request."""
    extended = dict(document)
    for name in FOLDED:
        if name in extended:
            extended[name] = _within(extended[name])
    if "actions" in extended:
        extended["actions"] = [row | {"request": request_of(row)} for row in extended["actions"]]
    return extended


def request_of(row: Mapping[str, Any]) -> str:
    """Return the method and path of one advised action; empty for one of a newer version."""
    arguments = {name: quote(text, safe="") for name, text in row["arguments"].items()}
    return REQUESTS.get(row["action"], "").format_map(arguments)


def _within(value: Any) -> Any:
    if isinstance(value, dict):
        return with_requests(value)
    return [_within(row) for row in value] if isinstance(value, list | tuple) else value
