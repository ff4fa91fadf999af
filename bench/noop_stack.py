"""The product as processes: its API and its Celery worker, with steps that do nothing."""

import itertools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from bench.http_line import HttpLine
from bench.processes import CannotMeasure, Process, await_until, free_port

HOST = "bench-host"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9nLdQH9PjWEqYz0N6bF2nB2hH0Kk7m3lq0nW2G7v5J"
API_PROCESSES = 2
_clusters = itertools.count(1)


@dataclass(frozen=True, slots=True)
class NoopStack:
    """A running stack and the ways to it."""

    port: int
    token: str
    redis_url: str
    api: Process
    celery: Process

    def line(self) -> HttpLine:
        return HttpLine(self.port, self.token)

    def store(self) -> redis.Redis:
        return redis.Redis.from_url(self.redis_url, decode_responses=True, socket_timeout=None)

    def post(self, line: HttpLine, **params: Any) -> str:
        """Have nothing done to a cluster that no job has had yet; return the job's id."""
        path = f"/v1/clusters/bench-{next(_clusters)}/changes"
        body = {"kind": "do-nothing", "params": {"host": HOST, **params}}
        return str(line.expect(202, "POST", path, body)["id"])


@contextmanager
def noop_stack(
    folder: Path, redis_url: str, *, concurrency: int, api_processes: int = API_PROCESSES
) -> Iterator[NoopStack]:
    """Run API and Celery worker on a Redis that runs already; one host is registered."""
    (folder / "keys").mkdir(parents=True, exist_ok=True)
    port, url = free_port(), f"{redis_url}/0"
    environment = {
        "CLUSTERWRIGHT_DATA": str(folder),
        # One token asks more often here than many people together; it is counted all the same.
        "CLUSTERWRIGHT_LIMITS": "read=99999999/minute,change=99999999/minute",
        "REDIS_URL": url,
        "REMAP_SIGTERM": "SIGQUIT",
        "PYTHONUNBUFFERED": "1",
    }
    api = Process("api", _api(port, api_processes), folder, environment)
    celery = Process("celery", _celery(concurrency), folder, environment, patience=1)
    with api, celery:
        await_until(lambda: _ready(port), what="our API to be ready", processes=(api, celery))
        token = (folder / "token").read_text().strip()
        stack = NoopStack(port, token, url, api, celery)
        _register(stack)
        yield stack


def _api(port: int, processes: int) -> list[str]:
    return [
        *(sys.executable, "-P", "-m", "bench.noop.api"),
        *("--bind", f"127.0.0.1:{port}", "--workers", str(processes)),
    ]


def _celery(concurrency: int) -> list[str]:
    """As ``clusterwright up`` starts it, with the bench's step in its folder of steps."""
    return [
        *(sys.executable, "-P", "-m", "celery", "-A", "bench.noop.celery_app", "worker"),
        *("-P", "prefork", "-c", str(concurrency), "-Q", "site.default"),
        *("--without-gossip", "--without-mingle", "--loglevel", "INFO"),
    ]


def _ready(port: int) -> bool:
    with HttpLine(port) as line:
        try:
            return line.ask("GET", "/readyz")[0] == 200
        except OSError:
            return False


def _register(stack: NoopStack) -> None:
    """Put a host into the inventory that no step ever connects to."""
    host = {"address": "10.0.0.1", "host_key": HOST_KEY}
    with stack.line() as line:
        status, document, _ = line.ask("PUT", f"/v1/hosts/{HOST}", host)
    if status not in {200, 201}:
        raise CannotMeasure(f"cannot register {HOST}: answered with {status}: {document}")
