"""The copy of the audit log in files of the data directory, which outlive Redis.

A line a record. Each is on the disk (``fsync``) before whoever did the act is answered. A file
that has become large is put aside, and another begun; none is ever deleted.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from workflows.audit.bounds import FILE_BYTES
from workflows.audit.parts import Part, first_number, parts, put_aside, put_this_aside
from workflows.audit.records import BadRecord, Record

COPY = "audit-log"
"""The file in the data directory that is written; its owner alone may read it."""
LOCK_SECONDS = 10.0
POLL_SECONDS = 0.002
BLOCK = 4 * 1024
IN_TURN = threading.Lock()
"""Within a process one waits for the file after the other, and only the first of them asks again
and again whether it is free."""


class CopyBusy(OSError):
    """Another process has held the file for too long."""


class AuditCopy:
    """The files; whoever writes them holds them, over all processes."""

    def __init__(self, path: Path, file_bytes: int = FILE_BYTES) -> None:
        self.path, self.file_bytes = path, file_bytes
        self._known: tuple[tuple[int, int, int], Record] | None = None
        """The newest record, and how the file stood when this process saw it there."""

    def lines(self) -> Iterator[str]:
        """Return what stands in the files now, the oldest first; not what comes meanwhile."""
        return chain.from_iterable(map(Part.lines, parts(self.path)))

    def has(self, records: Sequence[Record]) -> bool:
        """Whether all of some records, which follow each other, stand there as they are."""
        missing = {record.line for record in records}
        # What was put aside behind them has none of them, nor has what ends before they begin.
        aside = put_aside(self.path)
        begun = [path for path in aside if first_number(path) <= records[0].number]
        late = {path for path in aside if first_number(path) > records[-1].number}
        early = set(begun[:-1])
        for part in parts(self.path):
            if part.path not in early | late:
                missing.difference_update(part.lines())
        return not missing

    def last(self) -> Record | None:
        """Return the newest record; half a line behind it is none."""
        if found := self._last_written():
            return found
        aside = put_aside(self.path)
        if not aside:
            return None
        with aside[-1].open("rb") as file:
            return _newest_in(file)

    def _last_written(self) -> Record | None:
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
        self._put_aside_what_is_large()
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

    def _put_aside_what_is_large(self) -> None:
        with suppress(FileNotFoundError):
            if self.path.stat().st_size >= self.file_bytes:
                put_this_aside(self.path)

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
