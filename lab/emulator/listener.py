"""A TCP port of a service: one thread accepts, one thread serves each connection."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

Serve = Callable[[socket.socket, str], None]
CONNECTION_TIMEOUT = 260.0


class Listener:
    """An open port, from construction until `close`."""

    def __init__(self, address: str, port: int, serve: Serve) -> None:
        self._serve = serve
        self._socket = socket.create_server((address, port), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, (peer, _port) = self._socket.accept()
            except OSError:
                return
            arguments = (connection, peer)
            threading.Thread(target=self._answer, args=arguments, daemon=True).start()

    def _answer(self, connection: socket.socket, peer: str) -> None:
        connection.settimeout(CONNECTION_TIMEOUT)
        # A peer that hangs up or talks nonsense must not end the service.
        with suppress(OSError, ValueError, EOFError), connection:
            self._serve(connection, peer)


def accept_and_close(_connection: socket.socket, _peer: str) -> None:
    """Serve a port that only has to be open."""
