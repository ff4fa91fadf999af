"""The floor of the status row: the same gunicorn, answering a job's hash as it stands in Redis.

``python -m bench.bare_status`` takes the arguments of ``python -m api.server``; the environment
names the hash (BENCH_HASH) and the framework (BENCH_FRAMEWORK: ``flask`` or ``wsgi``).
No token is checked, nothing is computed, no entity tag is made.
"""

import json
import os
from collections.abc import Callable, Iterable
from typing import Any

import api.server

JSON_TYPE = "application/json"


class BareServer(api.server.Server):
    """Serves one Redis hash, at the settings of ``api.server``."""

    def load(self) -> Any:
        return {"flask": _flask, "wsgi": _wsgi}[os.environ["BENCH_FRAMEWORK"]]()

    def begin(self, worker: Any) -> None:
        """Nobody asks what it does."""


def _reader() -> Callable[[], bytes]:
    from workflows.process.connection import connect  # after gevent has patched this process
    from workflows.process.settings import Settings

    client, name = connect(Settings.from_env()), os.environ["BENCH_HASH"]
    return lambda: json.dumps(client.hgetall(name)).encode()


def _wsgi() -> Any:
    read = _reader()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = read()
        headers = [("Content-Type", JSON_TYPE), ("Content-Length", str(len(body)))]
        start("200 OK", headers)
        return [body]

    return answer


def _flask() -> Any:
    from flask import Flask, Response

    read, app = _reader(), Flask("bare")

    @app.get("/jobs/<job_id>")
    def show(job_id: str) -> Response:
        return Response(read(), mimetype=JSON_TYPE)

    return app


if __name__ == "__main__":
    api.server.Server = BareServer  # type: ignore[misc]  # the command starts what stands there
    api.server.main()
