"""The connections that wait for their client, and which of them ends when there are too many.

A connection waits until a request has come, while a body comes, and between two requests. Whoever
can connect can make connections wait, so their number is bounded; the one that has waited longest
makes room, so that a client with something to say is always let in.
"""

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any

MOST_PER_ADDRESS = 200
"""Of one process and one address; a proxy that is trusted may have more."""
MOST_IN_ALL = 400
"""Of one process; with as many event streams as it serves, fewer than its connections."""


class Waiting:
    """The connections of one process that wait, by the address that they came from."""

    def __init__(
        self,
        is_exempt: Callable[[str], bool],
        *,
        per_address: int = MOST_PER_ADDRESS,
        in_all: int = MOST_IN_ALL,
    ) -> None:
        self._is_exempt, self._per_address, self._in_all = is_exempt, per_address, in_all
        self._waiting: dict[str, dict[Any, None]] = {}
        self._count = 0

    def enter(self, address: str, connection: Any) -> None:
        """Note that a connection waits, and end another if that is one too many."""
        same = self._waiting.setdefault(address, {})
        if connection not in same:
            same[connection] = None
            self._count += 1
        if len(same) > self._per_address and not self._is_exempt(address):
            self._end_oldest(address)
        elif self._count > self._in_all:
            self._end_oldest(max(self._waiting, key=lambda each: len(self._waiting[each])))

    def leave(self, address: str, connection: Any) -> None:
        """Note that a connection is at work, or at its end."""
        same = self._waiting.get(address, {})
        if connection in same:
            del same[connection]
            self._count -= 1
            if not same:
                del self._waiting[address]

    @contextlib.contextmanager
    def during(self, address: str, connection: Any) -> Iterator[None]:
        """Count a connection among those that wait for as long as something comes in."""
        self.enter(address, connection)
        try:
            yield
        finally:
            self.leave(address, connection)

    def _end_oldest(self, address: str) -> None:
        connection = next(iter(self._waiting[address]))
        self.leave(address, connection)
        with contextlib.suppress(OSError):
            # The kernel's own, so that whoever reads finds the end as if the client had made it:
            # gevent's raises an error there, which gunicorn logs with a traceback.
            connection._sock.shutdown(socket.SHUT_RDWR)  # there is no other way to it
