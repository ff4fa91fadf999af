"""Problems as pages: for whom, and how they look."""

from flask import Response, request

from api.http.problems import PROBLEMS, Problem
from api.page.advice import links
from api.page.places import to_sign_in
from api.page.rendering import page
from cluster.actions import documents

OVERVIEW = ("Overview", "/")
"""Where people look next when nothing else is advised."""


def for_people() -> bool:
    """Whether a browser waits for the answer: of a page, of the documentation, or of nothing."""
    reading = request.endpoint is None or request.blueprint == "docs"
    if reading and not request.path.startswith("/v1/"):
        return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    return request.blueprint == "page"


def problem_page(problem: Problem) -> Response:
    """Return ``problem`` as a page; who is not signed in is led to where that can be done."""
    if problem.word == "unauthorized":
        return to_sign_in()
    kind = PROBLEMS[problem.word]
    advised = problem.extra.get("actions") or documents(action.of() for action in kind.actions)
    response = page(
        "problem.html",
        status=problem.status,
        problem=problem,
        kind=kind,
        links=list(links(advised)) or [OVERVIEW],
    )
    response.headers.update(problem.headers)
    return response
