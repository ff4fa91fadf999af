"""The files that the audit log is in: one that is written, and those that were put aside.

One that is put aside has the number of its first record behind its name, so that names sort as
their records do.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

from workflows.audit.records import record_of

DIGITS = 12
PUT_ASIDE = "-" + "[0-9]" * DIGITS


@dataclass(frozen=True, slots=True)
class Part:
    """A file as it stood at a moment; its name may be another by now."""

    path: Path
    inode: int
    size: int

    def lines(self) -> Iterator[str]:
        """Yield what stood in it then. Raises ``OSError`` where it was taken away."""
        size = self.size
        with self._open() as file:
            while size > 0 and (line := file.readline()):
                size -= len(line)
                yield line.decode("utf-8", "replace").rstrip("\n")

    def _open(self) -> BinaryIO:
        file = self.path.open("rb")
        if os.fstat(file.fileno()).st_ino == self.inode:
            return file
        file.close()
        for path in put_aside(self.path):
            if path.stat().st_ino == self.inode:
                return path.open("rb")
        raise FileNotFoundError(f"cannot read {self.path}: it was replaced meanwhile; try again")


def put_aside(path: Path) -> list[Path]:
    """Return the files that were put aside, the oldest first."""
    return sorted(path.parent.glob(path.name + PUT_ASIDE))


def parts(path: Path) -> list[Part]:
    """Return all files, the oldest first; what is put aside meanwhile is told once."""
    last = _part(path)
    older = [part for part in map(_part, put_aside(path)) if part]
    if last is None:
        return older
    return [*takewhile(lambda part: part.inode != last.inode, older), last]


def first_number(path: Path) -> int:
    """Return the number in the name of a file that was put aside."""
    return int(path.name[-DIGITS:])


def put_this_aside(path: Path) -> bool:
    """Give a file the name of what is put aside; whether it has a record, and the name was free."""
    part = _part(path)
    first = next(filter(None, map(record_of, part.lines())), None) if part else None
    if first is None:
        return False
    name = path.with_name(f"{path.name}-{first.number:0{DIGITS}}")
    if name.exists():
        return False
    path.rename(name)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True


def _part(path: Path) -> Part | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return Part(path, found.st_ino, found.st_size)
