"""A small server on loopback: what it is asked, and what somebody answers to it."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

LONGEST_BODY = 4 * 1024 * 1024
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Their names in small letters."""
    body: bytes

    @property
    def route(self) -> tuple[str, str]:
        return self.method, self.path

    def document(self) -> Any:
        """Return the document that it brings. Raises ``NotTaken`` where it brings none."""
        if not self.headers.get("content-type", "").startswith("application/json"):
            raise NotTaken(415, {"error": "send application/json"})
        try:
            return json.loads(self.body)
        except ValueError:
            raise NotTaken(400, {"error": "this is no JSON"}) from None


@dataclass(frozen=True, slots=True)
class Given:
    """One answer: a status and a document; none with 204."""

    status: int
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class NotTaken(Exception):
    """What is answered in place of doing it."""

    def __init__(self, status: int, document: Any) -> None:
        super().__init__(status)
        self.given = Given(status, document)


class Loopback:
    """Serves one receiver from ``start`` until ``stop``, at a port of its own."""

    def __init__(self, answer: Callable[[Asked], Given]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(answer))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Answer nobody any more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def _handler(answer: Callable[[Asked], Given]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _take(self) -> None:
            length = min(int(self.headers.get("Content-Length") or 0), LONGEST_BODY)
            headers = {name.lower(): text for name, text in self.headers.items()}
            path = urlsplit(self.path).path
            try:
                given = answer(Asked(self.command, path, headers, self.rfile.read(length)))
            except NotTaken as refused:
                given = refused.given
            body = b"" if given.status == 204 else json.dumps(given.document).encode()
            self.send_response(given.status)
            for name, text in given.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = _take  # noqa: N815  # names of the library

        def log_message(self, *_: Any) -> None:
            """Stay silent: the story tells what came."""

    return Handler
