"""Small ticket systems on loopback, one of each kind: each refuses what the real one would refuse.

Each has one ticket, one secret, and the notes and files that it was given.
"""

import base64
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

SECRET = "s3cret-of-the-desk"
USER = "ada@ops.test"


class Refused(Exception):
    """What the receiver answers in place of doing it."""

    def __init__(self, status: int, says: Any = "", **headers: str) -> None:
        self.status, self.says, self.headers = status, says, headers


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        if self.headers.get("content-type") != "application/json":
            raise Refused(415, "send application/json")
        return json.loads(self.body)

    def file(self, name: str) -> tuple[str, bytes]:
        """Return the one file of a form, and what it is called."""
        kind = self.headers.get("content-type", "")
        found = re.fullmatch(r"multipart/form-data; boundary=(\w+)", kind)
        if not found:
            raise Refused(415, "send a form")
        edge = f"--{found[1]}".encode()
        head, _, content = self.body.split(edge)[1].partition(b"\r\n\r\n")
        told = re.search(rf'name="{name}"; filename="([^"]+)"', head.decode())
        if not told or not self.body.endswith(edge + b"--\r\n"):
            raise Refused(400, f"the form has no file {name}")
        return told[1], content.removesuffix(b"\r\n")


@dataclass
class Receiver:
    """A ticket system; a subclass knows its requests."""

    notes: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    state: str = "open"
    requests: list[Request] = field(default_factory=list)
    limits: list[Refused] = field(default_factory=list)
    """What the next requests are answered with, and nothing is done."""
    loses_answers_of: str = ""
    """Requests of this method are carried out, and answered with 502, once."""
    url = ""
    subject = ""
    secret = SECRET
    settings: ClassVar[Mapping[str, str]] = {}
    moved: ClassVar[Mapping[str, str]] = {}
    """The setting that moves the ticket to ``done``."""
    has_files = True
    keeps_escapes = False
    """Whether a path is read as it was sent, with its escapes."""

    def take(self, request: Request) -> tuple[int, Any, Mapping[str, str]]:
        self.requests.append(request)
        try:
            if self.limits:
                raise self.limits.pop(0)
            self.check(request)
            status, says = self.carry_out(request)
        except Refused as refused:
            return refused.status, refused.says, refused.headers
        if request.method == self.loses_answers_of:
            self.loses_answers_of = ""
            return 502, "the answer was lost", {}
        return status, says, {}

    def check(self, request: Request) -> None:
        if request.headers.get("authorization") != self.authorization():
            raise Refused(401, f"who is that: {request.headers.get('authorization')}")

    def authorization(self) -> str:
        raise NotImplementedError

    def carry_out(self, request: Request) -> tuple[int, Any]:
        raise NotImplementedError

    def note(self, text: Any) -> None:
        assert isinstance(text, str)
        assert text.strip()
        self.notes.append(text)


def basic(user: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{SECRET}".encode()).decode()


def routed(request: Request, method: str, path: str) -> bool:
    return (request.method, request.path) == (method, path)


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    """Serve a receiver on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = {name: rows[0] for name, rows in parse_qs(parts.query).items()}
            path = parts.path if receiver.keeps_escapes else unquote(parts.path)
            request = Request(self.command, path, query, headers, body)
            status, says, told = receiver.take(request)
            content = says if isinstance(says, bytes) else json.dumps(says).encode()
            self.send_response(status)
            for name, value in told.items():
                self.send_header(name.replace("_", "-"), value)
            content = b"" if status == 204 else content
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH"):
        setattr(Handler, f"do_{method}", Handler._answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}{receiver.url}"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
