"""An answer as JSON for programs or, where somebody would rather have it, as Markdown."""

from collections.abc import Callable
from typing import Any

from flask import Response, request

from api.http.documents import conditional, document

MARKDOWN = "text/markdown"


def in_either_form(
    body: dict[str, Any], in_markdown: Callable[[dict[str, Any]], str], *, form: str | None
) -> Response:
    """Answer in the ``form`` that was asked for, ``json`` or ``markdown``.

    Where none was, ``Accept`` says it, and JSON is what a client gets that does not mind.
    """
    if (form or _accepted()) == "markdown":
        response = Response(in_markdown(body), content_type=f"{MARKDOWN}; charset=utf-8")
    else:
        response = document(body)
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Accept")
    return conditional(response)


def _accepted() -> str:
    best = request.accept_mimetypes.best_match(["application/json", MARKDOWN], "application/json")
    return "markdown" if best == MARKDOWN else "json"
