"""The audit log: list who did what, and verify that nothing of it was altered or lost."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask import Response

from api.backend import backend
from api.description.audit_answers import (
    AuditListSchema,
    AuditQuerySchema,
    AuditVerdictSchema,
    AuditVerifyQuerySchema,
)
from api.http.blueprint import Blueprint
from api.http.documents import ETAG, conditional, document
from api.http.paging import LINK, with_next
from workflows.access import Permission
from workflows.audit.records import Record
from workflows.audit.verifying import Chain
from workflows.moments import rfc3339

MOST_READ = 5000
"""Records that one request looks at, however few of them fit: the next page goes on from there."""

MOST_RECORDS_EVER = 10**15

bp = Blueprint("audit", __name__, url_prefix="/v1", description="Who did what, and when")


@dataclass(frozen=True, slots=True)
class Part:
    """Some records, the newest first, and where the next part begins; 0 if there is none."""

    records: tuple[Record, ...]
    following: int
    cut: int = 0
    """The number of the last record that Redis has no more, where the part ends with the next."""


def part(query: Mapping[str, Any]) -> Part:
    """Return the records that a query asks for, as far as one request looks."""
    log, size = backend().audit, int(query["per_page"])
    standing = log.kept.standing()
    cut = standing.checkpoint.number
    place = begin = min(int(query.get("cursor") or MOST_RECORDS_EVER), standing.count + 1)
    found: list[Record] = []
    while rows := log.newest(place, size) if begin - place < MOST_READ else ():
        for at, row in rows:
            place = at
            if row and row.at < query.get("since", 0):
                return Part(tuple(found), 0)
            if row and _fits(row, query):
                found.append(row)
            if len(found) == size:
                return _part(found, place, cut)
    return _part(found, place, cut)


def _part(found: list[Record], place: int, cut: int) -> Part:
    """Return a part that goes down to a place; what was cut away is told where it ends."""
    return Part(tuple(found), place) if place > cut + 1 else Part(tuple(found), 0, cut)


def _fits(row: Record, query: Mapping[str, Any]) -> bool:
    return (
        query.get("actor", row.actor) in {row.actor, row.name}
        and query.get("cluster", row.cluster) == row.cluster
        and query.get("outcome", row.outcome) == row.outcome
    )


@bp.get("/audit", needs=Permission.ADMIN)
@bp.arguments(AuditQuerySchema, location="query")
@bp.response(
    200,
    AuditListSchema,
    headers=LINK | ETAG,
    description="A page of records; `Link` leads to older ones",
)
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
def list_records(query: dict[str, Any]) -> Response:
    """List who did what, the newest first.

    Whatever changes something is told, by whichever way it was asked for, and what was refused to
    somebody who is known. With a filter a page may have few records, and yet not be the last.
    Redis has the newest records; older ones stand in the files `audit-log` of the API.
    """
    found = part(query)
    rows = [asdict(row) | {"time": rfc3339(row.at)} for row in found.records]
    return with_next(conditional(document({"records": rows})), str(found.following or ""))


@bp.get("/audit/verify", needs=Permission.ADMIN)
@bp.arguments(AuditVerifyQuerySchema, location="query")
@bp.response(200, AuditVerdictSchema, description="Whether it is whole, and what is wrong")
def verify_log(query: dict[str, Any]) -> Response:
    """Reckon the chain anew, in Redis and in the files of this API's data directory.

    Tells the first record of each that was altered, the first at which both differ, and what Redis
    has lost at its end. What was cut away from Redis has to stand in the files.
    """
    at = query.get("at", 0)
    found = backend().audit.verified(at)
    return document(
        {
            "whole": found.is_whole,
            "redis": _chain(found.redis),
            "file": _chain(found.file),
            "behind": found.behind,
            "at": {"number": at, "hash": found.at},
            "faults": [fault.as_dict() for fault in found.faults],
        }
    )


def _chain(chain: Chain) -> dict[str, Any]:
    return {
        "count": chain.many,
        "first": chain.before.number + 1,
        "before": chain.before.hash,
        "hash": chain.last.hash if chain.last else "",
    }
