"""Connections to jump hosts: one in a process, shared by all hosts behind it.

Kept for a while after the last of them has gone, as every other connection is.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import gevent

from deploy_scripts.ssh.targets import Target


class Way(Protocol):
    """An open connection to a jump host."""

    @property
    def target(self) -> Target: ...
    @property
    def is_active(self) -> bool: ...
    def close(self) -> None: ...


W = TypeVar("W", bound=Way)


@dataclass(slots=True)
class _Shared(Generic[W]):
    way: W
    users: int = 0
    idle_since: float = 0.0


class JumpHosts(Generic[W]):
    """The ways that are open, and those that are being opened."""

    def __init__(self, open_way: Callable[[Target, float], W]) -> None:
        self._open_way = open_way
        self._shared: dict[Target, _Shared[W]] = {}
        self._attempts: dict[Target, gevent.Greenlet] = {}

    def reach(self, jump: Target, seconds: float) -> W:
        """Return the connection to a jump host, which is opened for the first who asks.

        Whoever asks meanwhile waits for the same attempt, and shares its error: ten hosts behind a
        dead one are told so at the same time. Each has to ``leave``.
        """
        shared = self._shared.get(jump)
        if shared is None or not shared.way.is_active:
            attempt = self._attempts.get(jump)
            if attempt is None:
                attempt = self._attempts[jump] = gevent.spawn(self._attempt, jump, seconds)
            attempt.join()
            error = attempt.value
            if isinstance(error, Exception):
                raise error
            shared = self._shared[jump]
        shared.users += 1
        return shared.way

    def leave(self, way: W) -> None:
        """Say that one host less is reached through a connection."""
        shared = self._shared.get(way.target)
        if shared is not None and shared.way is way:
            shared.users -= 1
            shared.idle_since = time.monotonic()

    def close_idle(self, older_than: float) -> None:
        """Close what nobody has used for so many seconds, and what is broken."""
        limit = time.monotonic() - older_than
        for jump, shared in list(self._shared.items()):
            unused = shared.users <= 0 and shared.idle_since <= limit
            # Closing gives other greenlets a turn, and one of them may have replaced this one.
            if (unused or not shared.way.is_active) and self._shared.get(jump) is shared:
                del self._shared[jump]
                shared.way.close()

    def _attempt(self, jump: Target, seconds: float) -> Exception | None:
        try:
            way = self._open_way(jump, seconds)
        except Exception as error:  # raised again for everybody who waits
            return error
        finally:
            del self._attempts[jump]
        broken = self._shared.get(jump)
        self._shared[jump] = _Shared(way, idle_since=time.monotonic())
        if broken is not None:
            broken.way.close()
        return None
