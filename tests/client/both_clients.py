"""The two clients, each asked in the same words, and a server that answers as it is told."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from clusterwright.client import AsyncClient, Client, Patience

SOON = Patience(first_seconds=0.01, reconnect_seconds=0.01, give_up_seconds=0.1)


class Waits:
    """Asks with the client that waits."""

    name = "Client"

    def ask(self, url: str, method: str, *args: Any, patience: Patience = SOON, **more: Any) -> Any:
        with Client(url, "t", patience=patience) as client:
            return getattr(client, method)(*args, **more)

    def each(self, url: str, method: str, *args: Any, **more: Any) -> list[Any]:
        with Client(url, "t", patience=SOON) as client:
            return list(getattr(client, method)(*args, **more))


class IsAwaited:
    """Asks with the client that is awaited."""

    name = "AsyncClient"

    def ask(self, url: str, method: str, *args: Any, patience: Patience = SOON, **more: Any) -> Any:
        async def asked() -> Any:
            async with AsyncClient(url, "t", patience=patience) as client:
                return await getattr(client, method)(*args, **more)

        return asyncio.run(asked())

    def each(self, url: str, method: str, *args: Any, **more: Any) -> list[Any]:
        async def told() -> list[Any]:
            async with AsyncClient(url, "t", patience=SOON) as client:
                return [item async for item in getattr(client, method)(*args, **more)]

        return asyncio.run(told())


@dataclass(slots=True)
class Reply:
    """An answer; what is text is sent as it stands, all else as JSON."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Answering(ThreadingHTTPServer):
    """Gives one answer after the other, the last one again and again."""

    daemon_threads = True
    replies: list[Reply]
    asked: list[Asked]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Answering

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        sent = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = json.loads(sent) if sent else None
        self.server.asked.append(Asked(self.command, self.path, headers, body))
        replies = self.server.replies
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status not in {204, 304}:
            self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        if reply.status not in {204, 304}:
            self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815  # the library's names

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def answering(*replies: Reply) -> Iterator[Answering]:
    with Answering(("127.0.0.1", 0), _Handler) as server:
        server.replies, server.asked = list(replies), []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
