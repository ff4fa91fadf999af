"""A TCP proxy on loopback in front of a server, whose connection can be cut in several ways."""

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

LOOK_SECONDS = 0.02
RESET = struct.pack("ii", 1, 0)
BLOCK = 65536


class TcpProxy:
    """Passes bytes on in both directions until it is told to do something else.

    ``drop``: nothing is passed on, and nobody is told; what was sent meanwhile arrives when it is
    mended, as TCP would send it again. ``mute``: what the clients send arrives, and no answer does.
    ``refuse``: connections are reset, and new ones are refused.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._clients: set[socket.socket] = set()
        self._mode = "pass"
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def drop(self) -> None:
        self._change("drop")

    def mute(self) -> None:
        self._change("mute")

    def _change(self, mode: str) -> None:
        """Change the mode; what was being passed on before has been when this returns."""
        self._mode = mode
        with self._turn:
            return

    def refuse(self) -> None:
        self._mode = "refuse"
        with self._turn:
            self._listener.close()
            for connection in list(self._pairs):
                with contextlib.suppress(OSError):
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                connection.close()
            self._pairs.clear()
            self._clients.clear()

    def mend(self) -> None:
        with self._turn:
            if self._mode == "refuse":
                self._listener = socket.create_server(("127.0.0.1", self.port))
            self._mode = "pass"

    def close(self) -> None:
        self.refuse()
        self._mode = "closed"
        self._thread.join()

    def _pass_on(self) -> None:
        while self._mode != "closed":
            with self._turn:
                self._turn_around()
            if self._mode in {"drop", "refuse"}:
                select.select([], [], [], LOOK_SECONDS)

    def _turn_around(self) -> None:
        if self._mode not in {"pass", "mute"}:
            return
        heard = self._clients if self._mode == "mute" else self._pairs
        ready, _, _ = select.select([self._listener, *heard], [], [], LOOK_SECONDS)
        for connection in ready:
            if connection is self._listener:
                self._accept()
            elif connection in self._pairs:
                self._carry(connection)

    def _accept(self) -> None:
        near = self._listener.accept()[0]
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(self._server)
        except OSError:  # the server is gone: so is the connection
            near.close()
            far.close()
            return
        self._pairs |= {near: far, far: near}
        self._clients.add(near)

    def _carry(self, connection: socket.socket) -> None:
        peer = self._pairs[connection]
        try:
            block = connection.recv(BLOCK)
            if block:
                peer.sendall(block)
                return
        except OSError:
            pass  # as good as its end
        for end in (connection, peer):
            del self._pairs[end]
            self._clients.discard(end)
            end.close()


@contextlib.contextmanager
def tcp_proxy(redis_url: str) -> Iterator[TcpProxy]:
    """Open a proxy to a server that listens on a Unix socket, and close it."""
    proxy = TcpProxy(urlsplit(redis_url).path)
    try:
        yield proxy
    finally:
        proxy.close()
