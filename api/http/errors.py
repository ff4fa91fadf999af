"""Which problem stands for which exception; every way out of a route that is not an answer."""

import logging
from typing import Any

import redis.exceptions
from flask import Flask, Response, g, request, url_for
from kombu.exceptions import OperationalError
from werkzeug.exceptions import HTTPException

from api.access.token_store import LastAdmin, NotRotated, TokenNotFound
from api.http.body_faults import LARGEST_BODY, BrokenBody, SlowBody
from api.http.headers import too_large
from api.http.pointers import LONGEST_ECHO, MOST_TOLD, first_of
from api.http.problems import Problem, answer
from api.page.problem_page import for_people, problem_page
from cluster.actions import AdvisedError, documents
from cluster.yaml_places import FaultsFound
from workflows.access import Forbidden
from workflows.approval_policies import PolicyMoved
from workflows.cluster_file.reading import FileFaults
from workflows.deliveries.receiver_files import ReceiverLost
from workflows.deliveries.store import (
    DeliveryNotFound,
    NotReplayed,
    SubscriptionNotFound,
    SubscriptionRefused,
)
from workflows.going_without import HostNeeded, NotLeftOut
from workflows.hooks.rules.rule_file import RuleFaults
from workflows.hooks.rules.store import RulesMoved
from workflows.host_puts import HostHeld, HostInUse
from workflows.inventory import ClusterNotFound, HostNotFound
from workflows.ledger.refusals import (
    ChangeTooLarge,
    ClusterMoved,
    FourEyes,
    HostTaken,
    JobNotFound,
    KeyOfAnother,
    NotAsApproved,
    NoWayBack,
    Overtaken,
)
from workflows.plan import Refused
from workflows.process.redis_refusals import RedisRefusal, redis_refusal
from workflows.roles import roles_with
from workflows.schedules.store import ScheduleMoved, ScheduleNotFound, TooManySchedules
from workflows.submit import PlanChanged
from workflows.windows.store import NoSuchEntry

logger = logging.getLogger(__name__)

WORDS: dict[type[Exception], str] = {
    Forbidden: "forbidden",
    FourEyes: "four-eyes",
    PolicyMoved: "policy-moved",
    HostNotFound: "host-not-found",
    ClusterNotFound: "cluster-not-found",
    JobNotFound: "job-not-found",
    HostInUse: "host-in-use",
    HostHeld: "host-held",
    HostTaken: "host-taken",
    Overtaken: "job-overtaken",
    NoWayBack: "no-way-back",
    HostNeeded: "host-needed",
    NotLeftOut: "invalid-request",
    NotAsApproved: "plan-outdated",
    ClusterMoved: "cluster-busy",
    KeyOfAnother: "idempotency-mismatch",
    ChangeTooLarge: "too-large",
    PlanChanged: "plan-outdated",
    RuleFaults: "invalid-rules",
    FileFaults: "invalid-cluster-file",
    RulesMoved: "rules-moved",
    Refused: "change-refused",
    ScheduleNotFound: "schedule-not-found",
    ScheduleMoved: "schedule-moved",
    TooManySchedules: "too-many-entries",
    NoSuchEntry: "no-such-entry",
    TokenNotFound: "token-not-found",
    LastAdmin: "last-admin-token",
    NotRotated: "token-not-rotated",
    SubscriptionNotFound: "subscription-not-found",
    SubscriptionRefused: "subscription-refused",
    DeliveryNotFound: "delivery-not-found",
    NotReplayed: "delivery-not-replayed",
    ReceiverLost: "receiver-lost",
    SlowBody: "slow-body",
    BrokenBody: "bad-request",
}
STATUS_WORDS = {
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
}
OWN_HEADERS = {"content-type", "content-length"}

UNREACHABLE = (
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    OperationalError,
)


def register(app: Flask) -> None:
    """Make every error of ``app`` a problem document, or a page where a browser waits for one."""

    @app.errorhandler(Exception)
    @app.errorhandler(HTTPException)  # flask-smorest has registered its own
    def answer_error(error: Exception) -> Response:
        problem = problem_of(error)
        return problem_page(problem) if for_people() else answer(problem)


def problem_of(error: Exception) -> Problem:
    """Return the problem that stands for ``error``."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return _http(error)
    if type(error) in WORDS:
        return _known(error)
    if refusal := redis_refusal(error):
        return _refused(error, refusal)
    return _redis(error) if isinstance(error, UNREACHABLE) else _defect(error)


def _known(error: Exception) -> Problem:
    extra: dict[str, Any] = {}
    if isinstance(error, AdvisedError):
        extra = {"actions": documents(error.actions)}
    if isinstance(error, NotLeftOut):
        extra["errors"] = [{"pointer": "/without", "detail": str(error)}]
    if isinstance(error, PlanChanged):
        extra = {
            "expected": error.expected,
            "actual": error.plan.digest,
            "difference": list(error.difference),
            "connections": error.plan.connections,
        }
    if isinstance(error, Forbidden):
        roles = [str(role) for role in roles_with(error.need)]
        extra = {"permission": str(error.need), "cluster": error.cluster, "roles": roles}
    if isinstance(error, FaultsFound):
        extra["errors"] = _faults(error)
    if isinstance(error, HostHeld):
        extra["job"] = error.job
    if isinstance(error, Refused):
        extra = _reasons(error)
    if isinstance(error, Refused | HostTaken | Overtaken) and error.job:
        extra["links"] = {"job": url_for("jobs.show_job", job_id=error.job)}
    return Problem(WORDS[type(error)], str(error), extra)


def _faults(refused: FaultsFound) -> list[dict[str, Any]]:
    """Return the faults of a file; the last row says how many are not told."""
    rows = [fault.as_dict() for fault in refused.told]
    left = len(refused.faults) - len(rows)
    return [*rows, {"pointer": "", "detail": f"and {left} more"}] if left else rows


def _reasons(refused: Refused) -> dict[str, Any]:
    """Return the findings that refuse a change, and which fields of the request they are about."""
    errors = [
        {"pointer": finding.field, "detail": finding.message}
        for finding in refused.findings
        if finding.field
    ]
    return {
        "findings": [finding.as_dict() for finding in refused.findings[:MOST_TOLD]],
        "findings_left_out": max(len(refused.findings) - MOST_TOLD, 0),
        "errors": first_of(errors),
    }


def _http(error: HTTPException) -> Problem:
    """Describe what Flask and Werkzeug raise; keep headers such as ``Allow``."""
    status = error.code or 500
    if status >= 500:
        return _defect(error)
    kept = {name: value for name, value in error.get_headers() if name.lower() not in OWN_HEADERS}
    text = _own_words(error) or str(error.description or error.name).rstrip(".")
    detail = f"cannot answer the request: {text[:1].lower()}{text[1:]}"
    word = STATUS_WORDS.get(status, "bad-request")
    return Problem(word, detail, headers=kept, status=status)


def _own_words(error: HTTPException) -> str:
    """Return a sentence where Werkzeug's speaks to people who typed an address."""
    path = request.path[:LONGEST_ECHO]
    if error.code == 404:
        return f"no route has the path {path}"
    if error.code == 405:
        return f"{path} does not take {request.method[:LONGEST_ECHO]}"
    if error.code == 413:
        return too_large(request.max_content_length or LARGEST_BODY)
    return ""


def _redis(error: Exception) -> Problem:
    logger.error("cannot reach Redis: %s", error)
    detail = "cannot reach Redis: it does not answer; start it, then send the request again"
    return Problem("redis-unavailable", detail, headers={"Retry-After": "5"})


def _refused(error: Exception, refusal: RedisRefusal) -> Problem:
    """Tell how Redis refuses; who runs it reads the same in the log."""
    logger.error("cannot use Redis: it %s (%s)", refusal.says, error)
    detail = f"cannot answer the request: Redis {refusal.says}"
    wait = {"Retry-After": "5" if refusal.passes else "30"}
    extra = {"refusal": refusal.code, "advice": refusal.advice}
    return Problem("redis-refuses", detail, extra, headers=wait)


def _defect(error: Exception) -> Problem:
    """Tell without a trace of the cause; the log has it."""
    logger.error("cannot answer request %s: a defect", g.request_id, exc_info=error)
    detail = f"cannot answer the request: a defect; its log entry has the id {g.request_id}"
    return Problem("internal", detail, {"request_id": g.request_id})
