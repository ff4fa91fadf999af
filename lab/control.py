"""Requests to a running lab, over the socket in its state directory."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

from lab.errors import LabNotFound, LabRefused
from lab.program import program

_SECONDS = 60.0


def ask(run: Path, do: str, **params: Any) -> Any:
    """Send one request and return its result; a refusal is raised with the lab's own words."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_SECONDS)
        try:
            _connect(connection, run)
        except OSError as error:
            raise LabNotFound(
                f"cannot reach lab {run.parent.name}: it is not running; {program()} lab up 3"
            ) from error
        connection.sendall(json.dumps({"do": do, **params}).encode() + b"\n")
        with connection.makefile() as answers:
            line = answers.readline()
    if not line:
        raise LabRefused(f"cannot {do}: lab {run.parent.name} ended before it answered")
    answer = json.loads(line)
    if "error" in answer:
        raise LabRefused(answer["error"])
    return answer["result"]


def _connect(connection: socket.socket, run: Path) -> None:
    # The path of a socket has room for 107 bytes; through a descriptor it is always short.
    directory = os.open(run, os.O_RDONLY | os.O_DIRECTORY)
    try:
        connection.connect(f"/proc/self/fd/{directory}/control")
    finally:
        os.close(directory)
