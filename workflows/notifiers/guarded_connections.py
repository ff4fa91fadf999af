"""Keeps a library that connects by itself to addresses that receivers may have.

Each connection of the code inside is judged at the moment at which it is made, whatever named it: a
field of an address that nobody knows, a document that was fetched, a name that leads elsewhere by
then. Python tells of it by an audit event, which a hook may refuse. What the library connects to in
a thread of its own is not held.
"""

import contextlib
import functools
import ipaddress
import sys
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from workflows.notifiers.addresses import SETTING, Network, may_be_reached
from workflows.notifiers.safe_post import AddressRefused

EVENTS = frozenset({"socket.connect", "socket.sendto"})


class Guard:
    """The networks that may be reached inside, and what was refused."""

    def __init__(self, listed: Sequence[Network]) -> None:
        self._listed = listed
        self.refused: AddressRefused | None = None
        """The first that was; the library makes what it likes of the error."""

    def judge(self, address: Any) -> None:
        """Raise ``AddressRefused`` where nothing may be sent to a socket's address."""
        try:
            number = ipaddress.ip_address(str(address[0]).partition("%")[0])
            if isinstance(address, tuple) and may_be_reached(number, self._listed):
                return
            told = f"address {number} is not public; if the receiver is yours, list its network in"
            error = AddressRefused(f"cannot send to {number}: its {told} {SETTING}")
        except (ValueError, LookupError, TypeError):  # a socket of this machine
            error = AddressRefused("cannot send there: it is no address of a network")
        self.refused = self.refused or error
        raise error


_guard: ContextVar[Guard | None] = ContextVar("guard of connections", default=None)


@contextlib.contextmanager
def guarded(listed: Sequence[Network]) -> Iterator[Guard]:
    """Refuse connections of this thread but those to public addresses and to listed networks."""
    _listen()
    guard = Guard(listed)
    token = _guard.set(guard)
    try:
        yield guard
    finally:
        _guard.reset(token)


@functools.cache
def _listen() -> None:
    """Add the hook once: it stays as long as the process does."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in EVENTS and (guard := _guard.get()) is not None:
        guard.judge(arguments[1])
