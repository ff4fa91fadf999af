"""The kinds of change: what each is for, what it needs, and the params that it takes."""

from typing import Any

from flask import Response

from api.access.needs import ANY_TOKEN
from api.description.kind_answers import KindListSchema
from api.description.openapi import params_schema
from api.http.blueprint import Blueprint
from api.http.documents import ETAG, conditional, document
from workflows.kinds import KINDS
from workflows.plan import Kind

bp = Blueprint("kinds", __name__, url_prefix="/v1", description="What changes there are")


def kind_body(kind: Kind) -> dict[str, Any]:
    """Return what is told of a kind."""
    return {
        "name": kind.name,
        "summary": kind.summary,
        "needs": str(kind.needs),
        "cluster": str(kind.cluster_field.meaning),
        "lock": str(kind.lock),
        "permission": str(kind.permission),
        "milder": kind.milder.as_dict() if kind.milder else None,
        "final": kind.is_final,
        "schema": params_schema(kind.name),
        "example": dict(kind.example),
    }


@bp.get("/kinds", needs=ANY_TOKEN)
@bp.response(200, KindListSchema, headers=ETAG, description="Every kind of change")
@bp.alt_response(304, description="The kinds are as the ETag says")
def list_kinds() -> Response:
    """List the kinds of change, with the schema of their params.

    Programs that ask people for a change, as the command line does, learn from it what there is to
    ask. In a schema, `x-clusterwright-meaning` says what a name stands for.
    """
    return conditional(document({"kinds": [kind_body(kind) for kind in KINDS.values()]}))
