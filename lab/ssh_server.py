"""The SSH server of hosts whose single user id OpenSSH's sshd cannot live with: asyncssh.

The supervisor imports it once and forks it into each host, so that hosts share its memory.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from lab.spec import HOST_PATH, SSH_PORT

_HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"
_AUTHORIZED_KEYS = "/root/.ssh/authorized_keys"
_BOOTED = "/run/lab-booted"

_asyncssh: ModuleType | None = None


def preload() -> None:
    """Import asyncssh and meet its lazy imports while its files are in reach."""
    global _asyncssh
    import asyncssh
    import asyncssh.sftp

    _asyncssh = asyncssh
    asyncio.run(_rehearse(asyncssh))


def serve() -> NoReturn:
    """Serve SSH until the host goes down; run in a forked child inside the host."""
    if _asyncssh is None:
        os._exit(1)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(PATH=HOST_PATH, HOME="/root", LANG="C.UTF-8")
    asyncio.run(_serve(_asyncssh))
    os._exit(0)


async def _serve(asyncssh: Any) -> None:
    while not os.path.exists(_BOOTED):
        await asyncio.sleep(0.005)
    options = _options(asyncssh, _AUTHORIZED_KEYS)
    await asyncssh.listen("", SSH_PORT, server_host_keys=[_HOST_KEY], **options)
    await asyncio.Event().wait()


def _options(asyncssh: Any, authorized_keys: Any) -> dict[str, Any]:
    class OnlyRoot(asyncssh.SSHServer):  # type: ignore[misc]  # imported late, so unknown to mypy
        """Lets root in by key and nobody else: there is no other user id to give away."""

        def connection_made(self, conn: Any) -> None:
            self._connection = conn

        def begin_auth(self, username: str) -> bool:
            if username == "root":
                self._connection.set_authorized_keys(authorized_keys)
            return True

    return {
        "server_factory": OnlyRoot,
        "process_factory": _run,
        "sftp_factory": True,
        "encoding": None,
        # A choice that OpenSSH and paramiko share; searching for keys and agents is for clients.
        "kex_algs": ["curve25519-sha256", "ecdh-sha2-nistp256"],
        "allow_pty": False,
        "x11_forwarding": False,
    }


async def _run(process: Any) -> None:
    """Carry out one session in the user's login shell: what the client sent, or a dialogue."""
    shell = _login_shell()
    words = [shell, "-c", process.command] if process.command else [shell, "-l"]
    peer, port = process.get_extra_info("peername")[:2]
    # A shell tells by these that it is run for somebody far away: bash then reads .bashrc.
    known = {"USER": "root", "LOGNAME": "root", "SHELL": shell}
    known["SSH_CLIENT"] = f"{peer} {port} {SSH_PORT}"
    child = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=os.environ.get("HOME", "/"),
        start_new_session=True,
        env={**os.environ, **_environment_file(), **known, **_texts(process.env)},
    )
    await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr)
    status = await child.wait()
    await process.stdout.drain()
    await process.stderr.drain()
    if status < 0:
        process.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
    else:
        process.exit(status)


def _login_shell() -> str:
    """What the host's own /etc/passwd says, whatever the machine's name services are."""
    lines = Path("/etc/passwd").read_text().splitlines()
    found = (line.rpartition(":")[2] for line in lines if line.startswith("root:"))
    return next(found, "") or "/bin/sh"


def _environment_file() -> dict[str, str]:
    """What /etc/environment sets, which a login on an ordinary host begins with."""
    words = (
        line.strip().partition("=") for line in Path("/etc/environment").read_text().split("\n")
    )
    return {name: value.strip("\"'") for name, _, value in words if name.isidentifier()}


def _texts(environment: Any) -> dict[str, str]:
    """What a client may set: its language, nothing else."""
    return {name: value for name, value in environment.items() if name.startswith("LC_")}


async def _rehearse(asyncssh: Any) -> None:
    """Carry one command over a connection of our own, so that all code is loaded."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    public = asyncssh.import_authorized_keys(key.export_public_key().decode())
    near, far = socket.socketpair()
    serving = asyncio.ensure_future(
        asyncssh.run_server(far, server_host_keys=[key], **_options(asyncssh, public))
    )
    async with asyncssh.connect(
        sock=near, host="lab", username="root", client_keys=[key], known_hosts=None, config=None
    ) as connection:
        await connection.run("true", check=True)
    (await serving).close()
