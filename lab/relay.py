"""The way into a lab: listeners on the machine's loopback, each relayed to one host's SSH port.

A socket keeps the network namespace that it was made in. So the listeners, opened by whoever
started the lab, still accept on the machine while this process connects inside the lab.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

from lab import namespaces
from lab.spec import SSH_PORT

_BACKLOG = 256


class _Pipe(asyncio.Protocol):
    """One direction's end of a relayed connection: what arrives here is written to the peer."""

    def __init__(self) -> None:
        self.peer: _Pipe | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.transport = transport
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        if self.peer and self.peer.transport:
            self.peer.transport.write(data)

    def eof_received(self) -> bool:
        if self.peer and self.peer.transport and not self.peer.transport.is_closing():
            self.peer.transport.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if self.peer and self.peer.transport:
            self.peer.transport.close()

    def pause_writing(self) -> None:
        if self.peer and self.peer.transport:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer and self.peer.transport and not self.peer.transport.is_closing():
            self.peer.transport.resume_reading()


class Relay:
    """The entrance to one host. Closed, it lets connections time out as a dead machine does."""

    def __init__(self, listener: socket.socket, plug: socket.socket, address: str) -> None:
        self._listener = listener
        self._plug = plug
        self._address = address
        self._open = False
        self._relaying: set[asyncio.Task[None]] = set()
        listener.setblocking(False)
        plug.setblocking(False)

    def open(self) -> None:
        """Accept connections and carry them to the host."""
        if self._open:
            return
        self._open = True
        with contextlib.suppress(OSError):
            namespaces.disconnect(self._plug.fileno())
        self._refuse_waiting()
        self._listener.listen(_BACKLOG)
        asyncio.get_running_loop().add_reader(self._listener.fileno(), self._accept)

    def close(self) -> None:
        """Stop answering: fill the listener's queue, so that the kernel ignores newcomers."""
        if not self._open:
            return
        self._open = False
        asyncio.get_running_loop().remove_reader(self._listener.fileno())
        self._refuse_waiting()
        self._listener.listen(0)
        with contextlib.suppress(BlockingIOError):
            self._plug.connect(self._listener.getsockname())

    def _refuse_waiting(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                self._listener.accept()[0].close()

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                task = asyncio.ensure_future(self._relay(self._listener.accept()[0]))
                self._relaying.add(task)
                task.add_done_callback(self._relaying.discard)

    async def _relay(self, accepted: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        near, far = _Pipe(), _Pipe()
        near.peer, far.peer = far, near
        accepted.setblocking(False)
        transport, _ = await loop.connect_accepted_socket(lambda: near, accepted)
        # Nothing is read on one side before there is another side to write it to.
        transport.pause_reading()
        try:
            onward, _ = await loop.create_connection(lambda: far, self._address, SSH_PORT)
        except OSError:
            transport.abort()
            return
        if transport.is_closing():
            onward.abort()
        else:
            transport.resume_reading()
