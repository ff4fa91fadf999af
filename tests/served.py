"""The server as it is started: a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from workflows.process.settings import Settings

SECONDS = 90


@contextmanager
def served(
    port: int, settings: Settings, log: Path, *options: str, **environment: str
) -> Iterator[subprocess.Popen[Any]]:
    """Start a server that writes to ``log``, and end it; yield its process once it answers."""
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.server", "--bind", f"127.0.0.1:{port}", *options],
            env=os.environ
            | {"CLUSTERWRIGHT_DATA": str(settings.data_dir), "REDIS_URL": settings.redis_url}
            | environment,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + SECONDS
        while not is_alive(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)


def is_alive(port: int, within: float = SECONDS) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False, timeout=within)
    except httpx.TransportError:
        return False
    return answer.status_code == 200
