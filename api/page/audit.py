"""The audit log on the page: who did what, the newest first, by actor, cluster and outcome."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import ValidationError

from api.audit import part
from api.description.audit_answers import AuditQuerySchema
from api.http.blueprint import invalid
from api.http.pointers import pointers
from api.page.blueprint import bp
from api.page.rendering import page
from workflows.access import Permission
from workflows.audit.records import Outcome

SHOWN = 50
"""Records of a page."""
FILTERS = ("actor", "cluster", "outcome", "since")


@bp.get("/audit", needs=Permission.ADMIN)
def list_audit() -> Response:
    """List who did what."""
    sent = {name: value.strip() for name, value in request.args.items() if value.strip()}
    found = part(_query(sent) | {"per_page": SHOWN})
    asked = {name: sent[name] for name in FILTERS if name in sent}
    older = "/audit?" + urlencode(asked | {"cursor": found.following})
    return page(
        "audit.html",
        rows=found.records,
        cut=found.cut,
        older=older if found.following else "",
        asked=asked,
        is_part="cursor" in sent,
        outcomes=list(Outcome),
    )


def _query(sent: dict[str, str]) -> dict[str, Any]:
    """Read the query as the API reads it; a day stands for its beginning in UTC."""
    values = dict(sent)
    if len(values.get("since", "")) == len("2026-11-28"):
        values["since"] += "T00:00:00Z"
    schema = AuditQuerySchema(only=(*FILTERS, "cursor"))
    try:
        found: dict[str, Any] = schema.load(values)
    except ValidationError as error:
        raise invalid(pointers(error.messages, schema)) from None
    return found
