"""Lists in pages: how many rows one has, where it begins, and the link to the one after it."""

import re
from typing import Any

from flask import Response, request, url_for
from marshmallow import fields, validate

from cluster.names import Pattern

LINK = {
    "Link": {
        "description": 'The next page, with `rel="next"`; absent on the last (RFC 8288)',
        "schema": {"type": "string"},
    }
}
"""A header of answers, as OpenAPI tells it."""


def page_size(what: str, *, usual: int, most: int) -> fields.Integer:
    """Return the field of a query that says how many rows a page has."""
    return fields.Integer(
        load_default=usual,
        validate=validate.Range(
            1, most, error=f"cannot list {{input}} {what}: a page has 1 to {most}"
        ),
    )


def page_cursor(form: re.Pattern[str]) -> Pattern:
    """Return the field of a query that says after which row the page begins."""
    return Pattern(
        form,
        "a cursor comes from the Link header of the page before",
        metadata={"description": "Opaque; from the `Link` header of the page before"},
    )


def with_next(response: Response, cursor: str) -> Response:
    """Have a page lead to what follows ``cursor``, with all else that was asked; empty on the last.

    Behind ``conditional``: the link is told with 304 too, because the pages after may be new.
    """
    if cursor:
        asked: dict[str, Any] = request.args.to_dict() | {"cursor": cursor}
        named = request.view_args or {}
        following = url_for(request.endpoint or "", **{**asked, **named})
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response
