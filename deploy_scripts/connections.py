"""SSH connections of this process: pinned host keys, quick packets, and reuse between runs.

A connection outlives the run that opened it: within a fleet, and for a minute from fleet to fleet.
"""

import socket
import time
from base64 import b64decode
from contextlib import suppress
from dataclasses import dataclass

from paramiko import Channel, PKey, SSHClient, SSHException

IDLE_SECONDS = 60
KEEPALIVE_SECONDS = 5
CHANNEL_SECONDS = 10
TCP_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", 18)
UNACKNOWLEDGED_MS = 12_000
"""A peer that acknowledges nothing for so long is dead: without it a lost host hangs for ever."""
BROKEN = (SSHException, OSError, EOFError)
"""What paramiko raises when a connection is, or becomes, of no use."""


@dataclass(frozen=True, slots=True)
class Target:
    """How to reach one host, and the address that other nodes use for it."""

    name: str
    address: str
    port: int
    user: str
    key_file: str
    host_key: str
    """The only host key that is accepted, as ``ssh-ed25519 AAAA...``."""
    node_address: str
    zone: str = ""

    @property
    def endpoint(self) -> str:
        return f"{self.address}:{self.port}"


class UnreadableKey(SSHException):
    """A key of ours cannot be used: the private key, or the pinned host key."""


class Cut(SSHException):
    """The fleet was aborted; its connections are closed for good."""


_idle: dict[Target, tuple[SSHClient, float]] = {}


def close_idle(*, older_than: float = 0.0) -> None:
    """Close the connections that no fleet has used for so many seconds."""
    limit = time.monotonic() - older_than
    for target, (client, since) in list(_idle.items()):
        # Closing gives other greenlets a turn, and one of them may have taken or closed this one.
        if since <= limit and _idle.get(target) == (client, since):
            del _idle[target]
            _close(client)


class Link:
    """The connection of one fleet to one host."""

    def __init__(self, target: Target, timeout: float) -> None:
        self.target = target
        self._timeout = timeout
        self._client: SSHClient | None = None
        self._socket: socket.socket | None = None
        self._is_fresh = False
        self._is_cut = False

    def connect(self) -> None:
        """Be connected: as before, through an idle connection of this process, or anew."""
        if self._client is not None and _is_active(self._client):
            return
        self.drop()
        close_idle(older_than=IDLE_SECONDS)
        idle = _idle.pop(self.target, None)
        if idle and _is_active(idle[0]):
            self._client, self._is_fresh = idle[0], False
        else:
            self._client, self._is_fresh = self._open(), True
        self._refuse_if_cut()

    def channel(self) -> Channel:
        """Open a channel for one command.

        A connection that was opened for an earlier command may be dead without our knowing; it is
        replaced, which is safe: no command has been sent yet.
        """
        try:
            return self._channel()
        except TimeoutError:
            raise  # the command's own time is over, and would not be watched a second time
        except BROKEN:
            if self._is_fresh or self._is_cut:
                raise
        self.drop()
        self.connect()
        return self._channel()

    def drop(self) -> None:
        """Close the connection; the next command opens another."""
        client, self._client = self._client, None
        if client is not None:
            _close(client)

    def cut(self) -> None:
        """Close the connection for good, even while it is being opened."""
        self._is_cut = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self.drop()

    def release(self) -> None:
        """Leave an open connection to the next fleet in this process."""
        client, self._client = self._client, None
        if client is None:
            return
        previous = _idle.pop(self.target, None)
        if previous:
            _close(previous[0])
        if _is_active(client):
            _idle[self.target] = (client, time.monotonic())
        else:
            _close(client)

    def _channel(self) -> Channel:
        self._refuse_if_cut()
        transport = self._client.get_transport() if self._client else None
        if transport is None:
            raise SSHException("the connection is closed")
        channel = transport.open_session(timeout=CHANNEL_SECONDS)
        self._is_fresh = False
        return channel

    def _open(self) -> SSHClient:
        self._refuse_if_cut()
        target, client = self.target, SSHClient()
        known_as = target.address if target.port == 22 else f"[{target.address}]:{target.port}"
        pinned, private = public_key(target.host_key), _private_key(target.key_file)
        # paramiko refuses every other key of a host that has one; the default policy refuses hosts
        # that have none.
        client.get_host_keys().add(known_as, pinned.get_name(), pinned)
        self._socket = socket.create_connection((target.address, target.port), self._timeout)
        try:
            _tune(self._socket)
            client.connect(
                target.address,
                target.port,
                username=target.user,
                pkey=private,
                sock=self._socket,
                allow_agent=False,
                look_for_keys=False,
                timeout=self._timeout,
                banner_timeout=self._timeout,
                auth_timeout=self._timeout,
                channel_timeout=CHANNEL_SECONDS,
            )
        except BaseException:
            _close(client)
            self._socket.close()
            raise
        finally:
            self._socket = None
        transport = client.get_transport()
        if transport is not None:
            transport.set_keepalive(KEEPALIVE_SECONDS)
        return client

    def _refuse_if_cut(self) -> None:
        if self._is_cut:
            self.drop()
            raise Cut("the run was interrupted")


def public_key(text: str) -> PKey:
    """Return the key behind ``ssh-ed25519 AAAA...``."""
    try:
        kind, blob = text.split()[:2]
        return PKey.from_type_string(kind, b64decode(blob))
    except Exception as error:  # paramiko raises whatever its parsers raise
        raise UnreadableKey(f"cannot read the pinned host key {text[:40]!r}: {error}") from error


def _private_key(path: str) -> PKey:
    try:
        return PKey.from_path(path)
    except Exception as error:  # as above; the text may not quote the key itself
        cause = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise UnreadableKey(f"cannot read the SSH key {path}: {cause}") from error


def _tune(connection: socket.socket) -> None:
    """Send packets at once, which makes a command six times quicker, and notice a dead peer."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)


def _is_active(client: SSHClient) -> bool:
    transport = client.get_transport()
    return transport is not None and transport.is_active()


def _close(client: SSHClient) -> None:
    with suppress(Exception):  # it may be broken already, and closing is all that is left to do
        client.close()
