"""The API's own documentation: the OpenAPI document, the same to read, and a page per problem."""

import json
import re
from typing import Any

import redis.exceptions
from flask import Flask, Response, current_app, g, url_for
from markupsafe import Markup, escape

from api.access.auth import browser_session
from api.access.needs import OPEN, DeclaredBlueprint
from api.description import queries
from api.description.openapi import EXTENSION
from api.description.routes import Routes
from api.http.documents import document
from api.http.problems import PROBLEMS, Problem
from api.page.rendering import page

METHODS = ("get", "put", "post", "patch", "delete", "options")

bp = DeclaredBlueprint("docs", __name__)


def attach(app: Flask, routes: Routes) -> None:
    """Describe the API once; its routes do not change while it runs."""
    app.extensions[EXTENSION] = described = routes.document()
    queries.check(app, described)
    app.register_blueprint(bp)


@bp.get("/openapi.json", needs=OPEN)
def openapi() -> Response:
    """Serve the document for programs."""
    return document(current_app.extensions[EXTENSION])


@bp.get("/docs", needs=OPEN)
def readable() -> Response:
    """Serve the document for people."""
    described = current_app.extensions[EXTENSION]
    operations = [
        {"path": path, "method": method.upper(), **found[method]}
        for path, found in described["paths"].items()
        for method in METHODS
        if method in found
    ]
    groups = {
        tag["name"]: (tag["description"], [o for o in operations if tag["name"] in o["tags"]])
        for tag in described["tags"]
    }
    return _page(
        "docs.html", document=described, groups=groups, described=_in_words, code=_with_code
    )


@bp.get("/problems/", needs=OPEN)
def list_problems() -> Response:
    """Serve the list of all problems."""
    return _page("problems.html", problems=PROBLEMS.values())


@bp.get("/problems/<word>", needs=OPEN)
def show_problem(word: str) -> Response:
    """Serve the page that a problem's ``type`` leads to."""
    if word not in PROBLEMS:
        raise Problem(
            "not-found",
            f"cannot find problem {word[:64]}: see {url_for('docs.list_problems')}",
        )
    return _page("problem_kind.html", problem=PROBLEMS[word])


def _page(template: str, **facts: Any) -> Response:
    """Answer in the page's frame, which greets who has signed in; anybody may read this."""
    try:
        g.session = browser_session()
    except redis.exceptions.RedisError:  # what a problem means is told without Redis too
        g.session = None
    return page(template, **facts)


def _with_code(text: str) -> Markup:
    """Show what stands between backticks as code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704  # escaped right here


def _in_words(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema in the form that the page shows: its type in words, and its reference."""
    if ref := schema.get("$ref"):
        return {"type": ref.rpartition("/")[2], "anchor": ref.rpartition("/")[2]}
    options = schema.get("oneOf") or schema.get("anyOf") or schema.get("allOf")
    if options:
        found = [_in_words(option) for option in options]
        anchor = next((row["anchor"] for row in found if row["anchor"]), "")
        return {"type": " or ".join(row["type"] for row in found), "anchor": anchor}
    if schema.get("type") == "array":
        inner = _in_words(schema.get("items", {}))
        return {"type": f"list of {inner['type']}", "anchor": inner["anchor"]}
    if "const" in schema:
        return {"type": json.dumps(schema["const"]), "anchor": ""}
    if "enum" in schema:
        return {"type": " | ".join(str(value) for value in schema["enum"]), "anchor": ""}
    kind = schema.get("type", "any")
    return {"type": " or ".join(kind) if isinstance(kind, list) else kind, "anchor": ""}
