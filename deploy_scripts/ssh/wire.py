"""What carries an SSH connection: a socket, or a channel through a jump host.

Counts what arrives. So silence can be told from work, and what a stranger says stays within bounds.
"""

import socket
from typing import Protocol

import gevent

from deploy_scripts.ssh.errors import TalksTooMuch

MOST_BEFORE_LOGIN = 256 * 1024
"""Key exchange and banners of an ordinary server take 5 KB."""
READ_BYTES = 64 * 1024
"""Asked for at once: memory for all that is asked for is taken before anything has arrived."""
LARGEST_PACKET = 512 * 1024
"""OpenSSH sends at most half of it; who announces more wants memory, or time, and nothing else."""
GREETING_BYTES = 1024
TCP_USER_TIMEOUT = getattr(socket, "TCP_USER_TIMEOUT", 18)
UNACKNOWLEDGED_MS = 12_000
"""A peer that acknowledges nothing for so long is dead: without it a lost host hangs for ever."""


class Carrier(Protocol):
    """What paramiko needs of a socket; its channels have it too."""

    def recv(self, size: int, /) -> bytes: ...
    def send(self, data: bytes, /) -> int: ...
    def settimeout(self, seconds: float | None, /) -> None: ...
    def close(self) -> None: ...


class Wire:
    """A carrier that knows how much it has brought."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._is_trusted = False
        self._closed = False  # paramiko asks sockets for it by this name
        self.heard = 0
        """How many bytes have arrived."""
        self.greeting = b""
        """What arrived first; a server that takes nobody in says why before its version."""

    def recv(self, size: int) -> bytes:
        if size > LARGEST_PACKET:
            raise TalksTooMuch(f"it announced a packet of {size} bytes")
        if not self._is_trusted:
            gevent.sleep(0)  # a peer that always has something to say would let nobody else work
        data = self._carrier.recv(min(size, READ_BYTES))
        self.heard += len(data)
        if len(self.greeting) < GREETING_BYTES:
            self.greeting += data[:GREETING_BYTES]
        if self.has_said_too_much:
            raise TalksTooMuch(f"it said more than {MOST_BEFORE_LOGIN // 1024} KB before the login")
        return data

    def send(self, data: bytes) -> int:
        return self._carrier.send(data)

    def settimeout(self, seconds: float | None) -> None:
        self._carrier.settimeout(seconds)

    def close(self) -> None:
        self._closed = True
        self._carrier.close()

    def trust(self) -> None:
        """Take any amount from now on: the host has proven who it is, and let us in."""
        self._is_trusted = True

    @property
    def has_said_too_much(self) -> bool:
        return not self._is_trusted and self.heard > MOST_BEFORE_LOGIN


def dial(address: str, port: int, seconds: float) -> socket.socket:
    """Connect a socket that sends packets at once, and notices a dead peer.

    Without delay a command is six times quicker.
    """
    connected = socket.create_connection((address, port), seconds)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.setsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
    return connected
