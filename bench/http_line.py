"""One kept-alive HTTP connection that costs the machine as little as Python can."""

import http.client
import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from bench.processes import CannotMeasure

PATIENCE_SECONDS = 30


class HttpLine:
    """A connection to one server; opened anew when the server has closed it."""

    def __init__(self, port: int, token: str = "") -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __enter__(self) -> "HttpLine":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._line.close()

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Return status, decoded body and headers of the answer."""
        text = None if body is None else json.dumps(body).encode()
        more = {} if text is None else {"Content-Type": "application/json"}
        self._line.request(method, path, text, self._headers | more)
        answer = self._line.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None, dict(answer.getheaders())

    def expect(
        self, status: int, method: str, path: str, body: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the body of an answer that has to have this status."""
        found, document, _ = self.ask(method, path, body)
        if found != status:
            raise CannotMeasure(f"cannot {method} {path}: answered with {found}: {document}")
        return document
