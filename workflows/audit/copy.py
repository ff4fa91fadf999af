"""The copy of the audit log in a file of the data directory, which outlives Redis.

A line a record. Each is on the disk (``fsync``) before whoever did the act is answered.
"""

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from workflows.audit.records import BadRecord, Record

COPY = "audit-log"
"""The file in the data directory; its owner alone may read it."""
LOCK_SECONDS = 10.0
POLL_SECONDS = 0.002
BLOCK = 4 * 1024


class CopyBusy(OSError):
    """Another process has held the file for too long."""


class AuditCopy:
    """One file; whoever writes it holds it, over all processes."""

    def __init__(self, path: Path) -> None:
        self.path = path

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
                end = file.seek(0, os.SEEK_END)
                size = BLOCK
                while True:
                    begin = file.seek(max(end - size, 0))
                    found = _newest(file.read())
                    if found or begin == 0:
                        return found
                    size *= 4
        except FileNotFoundError:
            return None

    def add(self, lines: Iterable[str]) -> None:
        """Write lines behind the others; once this returns they are on the disk."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        with os.fdopen(os.open(self.path, flags, 0o600), "r+b") as file:
            # Half a line, of a process that was killed, would swallow the one behind it.
            end = file.seek(0, os.SEEK_END)
            torn = end > 0 and os.pread(file.fileno(), 1, end - 1) != b"\n"
            text = "".join(f"{line}\n" for line in lines)
            file.write(("\n" if torn else "").encode() + text.encode())
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep all others from writing. Raises ``CopyBusy`` after ten seconds."""
        name = self.path.with_name(f".{self.path.name}.lock")
        lock = os.open(name, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            _await(lock, self.path)
            yield
        finally:
            os.close(lock)  # which lets it go


def _newest(text: bytes) -> Record | None:
    for line in reversed(text.decode("utf-8", "replace").splitlines()):
        with suppress(BadRecord):
            return Record.of(line)
    return None


def _await(lock: int, path: Path) -> None:
    """Take a lock by asking again and again: waiting in the kernel would stop every greenlet."""
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise CopyBusy(
                    f"cannot write {path}: another process has held it for {LOCK_SECONDS:.0f} s; "
                    "look whether its disk is full, or stands still"
                ) from None
            time.sleep(POLL_SECONDS)
        else:
            return
