"""A server that answers as the API does, for the tests of what asks it."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from told_kinds import told_kinds

OPENAPI = {"info": {"title": "Clusterwright", "version": "v1"}}
NODES = {"cp-1": {"role": "control-plane"}, "cp-2": {"role": "worker"}}
READY = {
    "status": "pass",
    "checks": {
        "redis": {"status": "pass", "detail": "Redis answers"},
        "celery_workers": {"status": "pass", "detail": "1 seen within 30 s"},
    },
    "sites": ["default"],
}
HOSTS = [
    {"name": name, "ssh_key": "default", "site": "default", "cluster": cluster}
    for name, cluster in (("cp-1", "prod"), ("cp-2", "prod"), ("w-1", ""))
]
JOB = {"id": "3f2a91c0" * 4, "kind": "create-cluster", "cluster": "prod", "status": "failed"}
ANSWERS: dict[str, Any] = {
    "/openapi.json": (200, OPENAPI),
    "/readyz": (200, READY),
    "/v1/hosts": (200, {"hosts": HOSTS}),
    "/v1/clusters": (
        200,
        {"clusters": [{"name": "prod", "topology": "ha", "environment": "prod"}]},
    ),
    "/v1/clusters/prod": (200, {"name": "prod", "nodes": NODES}),
    "/v1/kinds": (200, {"kinds": told_kinds()}),
    "/v1/jobs": (200, {"jobs": [JOB]}),
}
OPEN = {"/openapi.json", "/readyz"}


class Api(ThreadingHTTPServer):
    """Answers by path; what is not open needs the token ``t``."""

    answers: Mapping[str, tuple[int, Any]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Api

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        answers = self.server.answers  # some only to a certain query
        unknown = (404, {"title": "Not found"})
        status, body = answers.get(self.path, answers.get(path, unknown))
        if path not in OPEN and self.headers["Authorization"] != "Bearer t":
            status, body = 401, {"title": "No token", "detail": "its token is not known"}
        text = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        if path.endswith("/events"):
            self._stream(text)
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _stream(self, text: bytes) -> None:
        """Begin a stream of events, and leave it open until the client goes."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()
        self.connection.recv(1)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def answering(**changed: tuple[int, Any]) -> Iterator[Api]:
    """Serve the answers, some of them changed; ``readyz`` stands for ``/readyz``."""
    paths = {name if name.startswith("/") else f"/{name}": row for name, row in changed.items()}
    with Api(("127.0.0.1", 0), _Answer) as server:
        server.answers = ANSWERS | paths
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
