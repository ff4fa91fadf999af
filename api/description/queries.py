"""Parameters of a query that a read does not have are refused, as unknown fields of a body are."""

from typing import Any

from flask import Flask, request

from api.access.needs import is_open
from api.description.openapi import endpoints
from api.http.blueprint import invalid


def check(app: Flask, described: dict[str, Any]) -> None:
    """Refuse a query where the document describes none; those that have one are checked by it.

    What changes something is told by its body alone. Routes that anybody may ask are left alone:
    probes add what they like.
    """
    found = endpoints(app)
    without = {
        found[path, "get"]
        for path, operations in described["paths"].items()
        if "get" in operations and not _has_query(operations["get"])
    }

    closed = {endpoint for endpoint in without if not is_open(app, endpoint)}

    @app.before_request
    def check_query() -> None:
        if request.args and request.endpoint in closed:
            text = "cannot use this parameter: it is unknown; see /docs"
            raise invalid([{"pointer": f"/{name[:80]}", "detail": text} for name in request.args])


def _has_query(operation: dict[str, Any]) -> bool:
    return any(parameter.get("in") == "query" for parameter in operation.get("parameters", ()))
