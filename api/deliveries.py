"""Deliveries: what receivers were told, what waits, and what was given up."""

from typing import Any

from flask import Response, url_for

from api import subscription_acts
from api.backend import backend
from api.description.subscription_answers import DeliveryListSchema, DeliverySchema
from api.description.subscription_requests import DeliveriesQuerySchema
from api.http.blueprint import Blueprint
from api.http.documents import document
from api.http.paging import LINK, with_next
from workflows.access import Permission
from workflows.deliveries.subscription import Delivery
from workflows.moments import rfc3339

Place = tuple[int, str, int]
"""Where a delivery stands in a list: when it was made, its job, and its event."""

bp = Blueprint("deliveries", __name__, url_prefix="/v1", description="What receivers were told")


def delivery_body(row: Delivery) -> dict[str, Any]:
    """Return a delivery as it is told."""
    return {
        "id": row.id,
        "subscription": row.subscription,
        "type": row.type,
        "job": row.job,
        "seq": row.seq,
        "state": str(row.state),
        "attempts": row.attempts,
        "happened": row.at,
        "happened_time": rfc3339(row.at),
        "due": row.due,
        "due_time": rfc3339(row.due),
        "ended": row.ended,
        "ended_time": rfc3339(row.ended),
        "error": row.error,
        "links": {"job": url_for("jobs.show_job", job_id=row.job)},
    }


@bp.get("/subscriptions/<name>/deliveries", needs=Permission.ADMIN)
@bp.arguments(DeliveriesQuerySchema, location="query")
@bp.response(200, DeliveryListSchema, headers=LINK, description="Those that are kept, newest first")
def list_deliveries(query: dict[str, Any], name: str) -> Response:
    """List what was delivered, what waits, and what was given up.

    The last 200 that arrived are kept, and the last 1000 that were given up. What is made while
    the pages are read is on none of them.
    """
    backend().deliveries.one(name)
    rows = backend().deliveries.deliveries(name, query["state"])
    if cursor := query.get("cursor"):
        rows = [row for row in rows if _place(row) < _read(cursor)]
    shown = rows[: query["per_page"]]
    following = _written(_place(shown[-1])) if len(rows) > len(shown) else ""
    return with_next(document({"deliveries": list(map(delivery_body, shown))}), following)


def _place(row: Delivery) -> Place:
    return round(row.created * 1000), row.job, row.seq


def _written(place: Place) -> str:
    return ".".join(map(str, place))


def _read(cursor: str) -> Place:
    created, job, seq = cursor.split(".")
    return int(created), job, int(seq)


@bp.post("/deliveries/<delivery_id>/replay", needs=Permission.ADMIN)
@bp.response(200, DeliverySchema, description="It is tried again from now on")
def replay_delivery(delivery_id: str) -> Response:
    """Send a delivery anew that was given up; its id stays."""
    subscription_acts.replay(delivery_id)
    return document(delivery_body(backend().deliveries.delivery(delivery_id)))
