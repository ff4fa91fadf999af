"""Requests to the host's daemon: start, stop and list services."""

import json
import socket
from typing import Any

from lab.emulator import paths

TIMEOUT = 120


class SnapdUnreachable(Exception):
    """The host's daemon does not answer on its socket."""


def ask(action: str, services: list[str] | None = None) -> dict[str, Any]:
    """Have the daemon act; the answer's `active` lists the services that run afterwards."""
    request = json.dumps({"do": action, "services": services or []}) + "\n"
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(paths.DAEMON_SOCKET)
            connection.sendall(request.encode())
            answer = connection.makefile("r").readline()
    except OSError as error:
        message = f"cannot communicate with server: dial unix {paths.DAEMON_SOCKET}: {error}"
        raise SnapdUnreachable(message) from error
    result: dict[str, Any] = json.loads(answer or "{}")
    return result


def active() -> list[str]:
    """The services that run now."""
    found: list[str] = ask("list").get("active", [])
    return found
