"""Connections of this process, as fleets use them: opened, reused between runs, cut.

A connection outlives the run that opened it: within a fleet, and for a minute from fleet to fleet.
"""

import time

import gevent
from gevent.event import Event
from paramiko import Channel, SSHException

from deploy_scripts.ssh.connection import Connection, jump_hosts, open_connection
from deploy_scripts.ssh.errors import BROKEN, Cut
from deploy_scripts.ssh.targets import Target

__all__ = ["BROKEN", "Link", "Target", "close_idle"]
IDLE_SECONDS = 60

_idle: dict[Target, tuple[Connection, float]] = {}


def close_idle(*, older_than: float = 0.0) -> None:
    """Close the connections that no fleet has used for so many seconds."""
    limit = time.monotonic() - older_than
    for target, (connection, since) in list(_idle.items()):
        # Closing gives other greenlets a turn, and one of them may have taken or closed this one.
        if since <= limit and _idle.get(target) == (connection, since):
            del _idle[target]
            connection.close()
    jump_hosts.close_idle(older_than)


class Link:
    """The connection of one fleet to one host."""

    def __init__(self, target: Target, timeout: float) -> None:
        self.target = target
        self._timeout = timeout
        self._connection: Connection | None = None
        self._is_fresh = False
        self._cut = Event()

    def connect(self) -> None:
        """Be connected: as before, through an idle connection of this process, or anew."""
        if self._connection is not None and self._connection.is_active:
            return
        self.drop()
        close_idle(older_than=IDLE_SECONDS)
        idle, _ = _idle.pop(self.target, (None, 0))
        if idle is not None and idle.is_active:
            self._connection, self._is_fresh = idle, False
        else:
            if idle is not None:
                idle.close()
            self._connection, self._is_fresh = self._open(), True
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
            if self._is_fresh or self._cut.is_set():
                raise
        self.drop()
        self.connect()
        return self._channel()

    @property
    def end(self) -> SSHException | None:
        """Why the connection ended, where it is known better than that it did."""
        if self._cut.is_set():
            return _cut()
        return self._connection.end if self._connection else None

    def drop(self) -> None:
        """Close the connection; the next command opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def cut(self) -> None:
        """Close the connection for good, even while it is being opened."""
        self._cut.set()
        self.drop()

    def release(self) -> None:
        """Leave an open connection to the next fleet in this process."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        previous, _ = _idle.pop(self.target, (None, 0))
        if previous is not None:
            previous.close()
        if connection.is_active:
            _idle[self.target] = (connection, time.monotonic())
        else:
            connection.close()

    def _channel(self) -> Channel:
        self._refuse_if_cut()
        if self._connection is None:
            raise SSHException("the connection is closed")
        channel = self._connection.channel()
        self._is_fresh = False
        return channel

    def _open(self) -> Connection:
        """Open a connection beside this greenlet, so that a cut need not wait for it."""
        self._refuse_if_cut()
        opening = gevent.spawn(_opened, self.target, self._timeout)
        try:
            gevent.wait([opening, self._cut], count=1)
            return self._result(opening)
        except BaseException:
            opening.kill(block=False)
            if isinstance(opening.value, Connection):
                opening.value.close()
            raise

    def _result(self, opening: gevent.Greenlet) -> Connection:
        found: Connection | Exception | None = opening.value
        if isinstance(found, Exception):
            raise found
        if found is None or self._cut.is_set():
            raise _cut()
        return found

    def _refuse_if_cut(self) -> None:
        if self._cut.is_set():
            self.drop()
            raise _cut()


def _opened(target: Target, seconds: float) -> Connection | Exception:
    """Return the connection, or why there is none: gevent prints what a greenlet raises."""
    try:
        return open_connection(target, seconds)
    except Exception as error:
        return error


def _cut() -> Cut:
    return Cut("the run was interrupted")
