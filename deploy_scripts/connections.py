"""SSH connections of this process: pinned keys, quick packets, and reuse between runs."""

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paramiko import SSHClient

IDLE_SECONDS = 60
KEEPALIVE_SECONDS = 5
TCP_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", 18)
UNACKNOWLEDGED_MS = 12_000
"""A peer that acknowledges nothing for so long is dead: without it a lost host hangs for ever."""


@dataclass(frozen=True, slots=True)
class Target:
    """How to reach one host, and the address that other nodes use for it."""

    name: str
    address: str
    port: int
    user: str
    key_file: str
    host_key: str
    node_address: str
    zone: str = ""


_idle: dict[Target, tuple[SSHClient, float]] = {}


def take(target: Target) -> SSHClient | None:
    """Return an open connection to ``target`` that nobody uses, if there is one."""
    client, since = _idle.pop(target, (None, 0.0))
    if client is None:
        return None
    transport = client.get_transport()
    if transport and transport.is_active() and time.monotonic() - since < IDLE_SECONDS:
        return client
    close(client)
    return None


def give_back(target: Target, client: SSHClient) -> None:
    """Keep a connection for the next run in this process."""
    transport = client.get_transport()
    if transport is None or not transport.is_active():
        close(client)
        return
    previous = _idle.pop(target, None)
    if previous:
        close(previous[0])
    _idle[target] = (client, time.monotonic())
    for stale in [t for t, (_, since) in _idle.items() if time.monotonic() - since > IDLE_SECONDS]:
        close(_idle.pop(stale)[0])


def close(client: SSHClient) -> None:
    """Close a connection; pyinfra's own disconnect leaves it open."""
    with suppress(Exception):  # it may be broken already, and closing is all that is left to do
        client.close()


def tune(client: SSHClient) -> None:
    """Send packets at once, and notice a dead peer."""
    transport = client.get_transport()
    if transport is None:
        return
    transport.set_keepalive(KEEPALIVE_SECONDS)
    if isinstance(transport.sock, socket.socket):  # a jump host's channel has no such options
        transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport.sock.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)


class SshFiles:
    """A private folder with the pinned host keys of one run and an empty SSH configuration.

    The path is new for each run, because pyinfra remembers what it read from a path.
    """

    def __init__(self, targets: Iterable[Target]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="clusterwright-ssh-"))
        self.known_hosts = self.folder / "known_hosts"
        self.config = self.folder / "config"
        self.config.touch(mode=0o600)
        lines = [f"{_known_name(target)} {target.host_key}\n" for target in targets]
        self.known_hosts.write_text("".join(lines))

    def data(self, target: Target, connect_timeout: int) -> Mapping[str, Any]:
        """Return pyinfra's host data for ``target``."""
        return {
            "ssh_hostname": target.address,
            "ssh_port": target.port,
            "ssh_user": target.user,
            "ssh_key": target.key_file,
            "ssh_known_hosts_file": str(self.known_hosts),
            "ssh_config_file": str(self.config),
            "ssh_strict_host_key_checking": "yes",
            "ssh_allow_agent": False,
            "ssh_look_for_keys": False,
            "ssh_paramiko_connect_kwargs": {
                "timeout": connect_timeout,
                "banner_timeout": connect_timeout,
                "auth_timeout": connect_timeout,
            },
        }

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def readable_key(target: Target) -> bool:
    return os.access(target.key_file, os.R_OK)


def _known_name(target: Target) -> str:
    return target.address if target.port == 22 else f"[{target.address}]:{target.port}"
