"""The copy of the audit log in a file of the data directory, which outlives Redis.

A line a record. Each is on the disk (``fsync``) before whoever did the act is answered.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from workflows.audit.records import BadRecord, Record

COPY = "audit-log"
"""The file in the data directory; its owner alone may read it."""
LOCK_SECONDS = 10.0
POLL_SECONDS = 0.002
BLOCK = 4 * 1024
IN_TURN = threading.Lock()
"""Within a process one waits for the file after the other, and only the first of them asks again
and again whether it is free."""


class CopyBusy(OSError):
    """Another process has held the file for too long."""


class AuditCopy:
    """One file; whoever writes it holds it, over all processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: tuple[tuple[int, int, int], Record] | None = None
        """The newest record, and how the file stood when this process saw it there."""

    def lines(self) -> Iterator[str]:
        """Return what stands in the file now, the oldest first; not what comes meanwhile."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            size = 0
        return self._lines(size)

    def _lines(self, size: int) -> Iterator[str]:
        if not size:
            return
        with self.path.open("rb") as file:
            while size > 0 and (line := file.readline()):
                size -= len(line)
                yield line.decode("utf-8", "replace").rstrip("\n")

    def last(self) -> Record | None:
        """Return the newest record; half a line behind it is none."""
        try:
            with self.path.open("rb") as file:
                stands = _stands(file.fileno())
                if self._known and self._known[0] == stands:
                    return self._known[1]
                found = _newest_in(file)
        except FileNotFoundError:
            return None
        self._known = (stands, found) if found else None
        return found

    def add(self, lines: Iterable[str], last: Record | None = None) -> None:
        """Write lines behind the others; once this returns they are on the disk.

        ``last`` is the record of the last of them, where it is at hand.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        with os.fdopen(os.open(self.path, flags, 0o600), "r+b") as file:
            # Half a line, of a process that was killed, would swallow the one behind it.
            end = file.seek(0, os.SEEK_END)
            torn = end > 0 and os.pread(file.fileno(), 1, end - 1) != b"\n"
            text = "".join(f"{line}\n" for line in lines)
            file.write(("\n" if torn else "").encode() + text.encode())
            file.flush()
            os.fsync(file.fileno())
            self._known = (_stands(file.fileno()), last) if last else None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep all others from writing. Raises ``CopyBusy`` after ten seconds."""
        deadline = time.monotonic() + LOCK_SECONDS
        if not IN_TURN.acquire(timeout=LOCK_SECONDS):
            raise _busy(self.path)
        try:
            name = self.path.with_name(f".{self.path.name}.lock")
            lock = os.open(name, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                _await(lock, self.path, deadline)
                yield
            finally:
                os.close(lock)  # which lets it go
        finally:
            IN_TURN.release()


def _stands(file: int) -> tuple[int, int, int]:
    """Return what differs once anybody has written a file, or put another in its place."""
    found = os.fstat(file)
    return found.st_ino, found.st_size, found.st_mtime_ns


def _newest_in(file: BinaryIO) -> Record | None:
    end = file.seek(0, os.SEEK_END)
    size = BLOCK
    while True:
        begin = file.seek(max(end - size, 0))
        found = _newest(file.read())
        if found or begin == 0:
            return found
        size *= 4


def _newest(text: bytes) -> Record | None:
    for line in reversed(text.decode("utf-8", "replace").splitlines()):
        with suppress(BadRecord):
            return Record.of(line)
    return None


def _await(lock: int, path: Path, deadline: float) -> None:
    """Take a lock by asking again and again: waiting in the kernel would stop every greenlet."""
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise _busy(path) from None
            time.sleep(POLL_SECONDS)
        else:
            return


def _busy(path: Path) -> CopyBusy:
    return CopyBusy(
        f"cannot write {path}: another process has held it for {LOCK_SECONDS:.0f} s; "
        "look whether its disk is full, or stands still"
    )
