"""A receiver of events: records what it gets, and answers what it is told to."""

import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Their names in small letters."""
    body: bytes


@dataclass
class Reply:
    """What is answered: a status, headers, a body; ``hang`` seconds pass before."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: float = 0.0


class Receiver:
    """What came, in its order; ``replies`` are answered one after another, then ``reply``."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.port = server.server_port
        self.got: list[Got] = []
        self.reply: Reply = Reply()
        self.replies: deque[Reply] = deque()
        self.ends = threading.Event()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def take(self, got: Got) -> Reply:
        with self._lock:
            self.got.append(got)
            return self.replies.popleft() if self.replies else self.reply


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen on a port of loopback."""
    made: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = made[0].take(Got(self.command, self.path, headers, self.rfile.read(length)))
            made[0].ends.wait(reply.hang) if reply.hang else None
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
            except OSError:
                self.close_connection = True  # who asked has not waited

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  # names of the library

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made.append(Receiver(server))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made[0]
    finally:
        made[0].ends.set()
        server.shutdown()
        thread.join()
        server.server_close()
