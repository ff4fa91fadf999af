"""A problem on its way to the client, as the document of RFC 9457."""

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, request

from api.advice import with_requests
from api.http.problem_types import PROBLEM_TYPES
from api.http.problem_types.problem_type import ProblemType
from cluster.actions import documents
from deploy_scripts.fleet.redaction import API_TOKEN, MASK

MEDIA_TYPE = "application/problem+json"
PROBLEMS: Mapping[str, ProblemType] = {
    kind.word: kind for kind in sorted(PROBLEM_TYPES, key=lambda kind: kind.status)
}
"""Every problem by its word, which is the last part of its ``type``; by status, as listed."""


class Problem(Exception):
    """One problem on its way to the client; ``extra`` are the document's further members."""

    def __init__(
        self,
        word: str,
        detail: str,
        extra: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.word, self.detail = word, detail
        self.extra, self.headers = extra or {}, headers or {}
        self.status = status or PROBLEMS[word].status


def answer(problem: Problem) -> Response:
    """Return ``problem`` as the document that RFC 9457 asks for."""
    kind = PROBLEMS[problem.word]
    document = {
        "type": kind.uri,
        "title": kind.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": API_TOKEN.sub(rf"\g<1>{MASK}", request.path),
        "advice": kind.advice,
        "actions": documents(action.of() for action in kind.actions),
        **problem.extra,
    }
    document = with_requests(document)
    text = current_app.json.dumps(document)
    return Response(text, problem.status, problem.headers, mimetype=MEDIA_TYPE)
