"""Requests to the host's daemon: start, stop and list services."""

# Without `socket`, which takes long to import.
import _socket
import json
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from lab.emulator import paths

TIMEOUT = 120
START_SECONDS = 10.0


class SnapdUnreachable(Exception):
    """The host's daemon does not answer on its socket."""


def ask(action: str, services: list[str] | None = None) -> dict[str, Any]:
    """Have the daemon act; the answer's `active` lists the services that run afterwards."""
    return next(talk({"do": action, "services": services or []}, TIMEOUT), {})


def set_timer(unit: str, seconds: float, command: list[str]) -> bool:
    """Have a command run later; False where a timer of that name is there already."""
    request = {"do": "set-timer", "unit": unit, "seconds": seconds, "command": command}
    return bool(next(talk(request, TIMEOUT), {}).get("set"))


def stop_timer(unit: str) -> None:
    next(talk({"do": "stop-timer", "unit": unit}, TIMEOUT), {})


def timers() -> list[str]:
    """The timers that wait, or whose command runs, by their units' names without the ending."""
    found: list[str] = next(talk({"do": "timers"}, TIMEOUT), {}).get("timers", [])
    return found


def talk(request: dict[str, Any], timeout: float | None = None) -> Iterator[dict[str, Any]]:
    """Send one request and give the daemon's answers as they come."""
    try:
        with closing(_socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)) as connection:
            connection.settimeout(timeout)
            _connect(connection)
            connection.sendall(json.dumps(request).encode() + b"\n")
            for line in _lines(connection):
                yield json.loads(line)
    except OSError as error:
        message = f"cannot communicate with server: dial unix {paths.DAEMON_SOCKET}: {error}"
        raise SnapdUnreachable(message) from error


def _lines(connection: _socket.socket) -> Iterator[bytes]:
    rest = b""
    while chunk := connection.recv(65536):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
    if rest:
        yield rest


def _connect(connection: _socket.socket) -> None:
    """Connect, also while the daemon starts: systemd opens snapd's socket before snapd runs."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connection.connect(paths.DAEMON_SOCKET)
        except (FileNotFoundError, ConnectionRefusedError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def active() -> list[str]:
    """The services that run now."""
    found: list[str] = ask("list").get("active", [])
    return found


def answers() -> bool:
    try:
        return "active" in ask("list")
    except SnapdUnreachable:
        return False
