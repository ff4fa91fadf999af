"""By when each child of a Celery worker has to be heard again: one that is not is killed.

A child that stands still, in an expression without end or a call that does not come back, gives its
own time limits and its heartbeat no turn, so nothing in it can end its step. The table below stands
in memory that a Celery worker shares with its children: each child writes its own row whenever it
is heard, and the parent looks at the clock. It needs neither Redis nor the child's help.
"""

import logging
import mmap
import os
import signal
import struct
import threading
import time
from collections.abc import Callable

from workflows.ledger.claims import Lease

LOOK_SECONDS = 0.2
ROWS = 1024
"""More children than any Celery worker has; memory that nobody touches costs nothing."""
_ROW = struct.Struct("@dqq64s32s200s")  # deadline, process, index, job, token, why
_DEADLINE = struct.Struct("@d")
# Unlike the monotonic clock it goes on while the machine sleeps, as Redis' own clock does.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
logger = logging.getLogger(__name__)


def clock() -> float:
    """Return seconds that nobody sets back; only their differences mean something."""
    return time.clock_gettime(_CLOCK)


class Row:
    """What one child says of the step that it carries out; without a table nobody reads it."""

    def __init__(self, memory: memoryview | None = None) -> None:
        self._memory = memoryview(bytearray(_ROW.size)) if memory is None else memory
        self._lease = Lease("", 0, "")

    def begin(self, lease: Lease) -> None:
        """Take the row for a step: this process carries it out."""
        self._lease = lease

    def expect(self, until: float, why: str) -> None:
        """Have this process killed unless it is heard before ``until``; ``why`` it then was."""
        lease = self._lease
        texts = (lease.job.encode()[:64], lease.token.encode()[:32], why.encode()[:200])
        self.end()  # so that nobody reads one half of what is written next as due
        _ROW.pack_into(self._memory, 0, 0.0, os.getpid(), lease.index, *texts)
        _DEADLINE.pack_into(self._memory, 0, until)

    def end(self) -> None:
        """Say that no step is carried out any more."""
        _DEADLINE.pack_into(self._memory, 0, 0.0)

    def read(self) -> tuple[float, int, Lease, str]:
        """Return the deadline, the process, its lease and why it would be killed."""
        until, process, index, *texts = _ROW.unpack_from(self._memory)
        job, token, why = (text.rstrip(b"\0").decode(errors="replace") for text in texts)
        return until, process, Lease(job, index, token), why


class Table:
    """The rows of all children of one Celery worker, which makes it before it has any."""

    def __init__(self) -> None:
        self._memory = memoryview(mmap.mmap(-1, ROWS * _ROW.size))

    def row(self, place: int) -> Row:
        """Return the row of whoever has this place in the pool: one child after another."""
        return Row(self._memory[place * _ROW.size : (place + 1) * _ROW.size])

    def kill_overdue(self, now: float) -> list[tuple[Lease, str]]:
        """Kill each child that was not heard in time; return their leases, and why it was."""
        killed = []
        for place in range(ROWS):
            row = self.row(place)
            until, process, lease, why = row.read()
            if not process:  # places are given from the first on
                break
            if 0.0 < until < now:
                row.end()
                if _is_living_child(process):
                    os.kill(process, signal.SIGKILL)
                    killed.append((lease, why))
        return killed


class Watch:
    """Looks at a table in a thread of the Celery worker's main process until it is stopped."""

    def __init__(self, table: Table, killed: Callable[[Lease, str], object]) -> None:
        self._table, self._killed = table, killed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="deadlines", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def _loop(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            for lease, why in self._table.kill_overdue(clock()):
                about = {"job": lease.job}
                logger.error("step %d was killed: %s", lease.index, why, extra=about)
                try:
                    self._killed(lease, why)
                except Exception as error:  # its lease ends by itself a moment later
                    logger.warning("cannot record it: %s", error, extra=about)


def _is_living_child(process: int) -> bool:
    """Say so without reaping it: the number of one that is gone may be somebody else's by now."""
    try:
        return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:
        return False
