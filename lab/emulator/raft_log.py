"""The log of the emulated dqlite: its entries are counted with their terms, and say nothing else.

Its files have the names and the form of dqlite's own, so that whoever reads how far a log goes does
so here as on a real node.
"""

import os
import struct
import zlib
from typing import Any, NamedTuple

from lab.emulator import files

SEGMENT = 64
SNAPSHOT = 256
"""Entries in a closed segment, and from one snapshot to the next."""
PAYLOAD = b"\0" * 32
NUMBER = struct.Struct("<Q")
BATCH = struct.Struct("<IIQ")
ENTRY = struct.Struct("<QBxxxI")
FORMAT, PLAIN = 1, 1


class RaftLog(NamedTuple):
    """Number and term of the entry that the last snapshot ends with, and the terms of the rest."""

    base: int = 0
    base_term: int = 0
    terms: tuple[int, ...] = ()

    @property
    def last(self) -> int:
        """The number of the last entry; 0 where there is none."""
        return self.base + len(self.terms)

    @property
    def term(self) -> int:
        """The term of the last entry; 0 where there is none."""
        return self.terms[-1] if self.terms else self.base_term

    def appended(self, term: int) -> "RaftLog":
        """The log with one more entry, of which a snapshot is taken where one is due."""
        terms = (*self.terms, term)
        if len(terms) > SNAPSHOT:
            return RaftLog(self.base + SNAPSHOT, terms[SNAPSHOT - 1], terms[SNAPSHOT:])
        return RaftLog(self.base, self.base_term, terms)

    def as_list(self) -> list[Any]:
        return [self.base, self.base_term, list(self.terms)]


def written(log: RaftLog, *, is_closed: bool) -> dict[str, bytes]:
    """The files of a log, by name; the last segment is open until its server ends in order."""
    found: dict[str, bytes] = {}
    if not log.last:
        return found
    for number in (1, 2):
        found[f"metadata{number}"] = b"".join(map(NUMBER.pack, (FORMAT, number, log.term, 0)))
    if log.base:
        name = f"snapshot-{log.base_term}-{log.base}-{log.base}"
        found[name] = found[f"{name}.meta"] = NUMBER.pack(FORMAT)
    for start in range(0, len(log.terms), SEGMENT):
        terms = log.terms[start : start + SEGMENT]
        first, last = log.base + start + 1, log.base + start + len(terms)
        is_full = len(terms) == SEGMENT
        name = f"{first:016}-{last:016}" if is_full or is_closed else "open-1"
        found[name] = NUMBER.pack(FORMAT) + b"".join(map(_batch, terms))
    return found


def write(folder: str, log: RaftLog, *, is_closed: bool) -> None:
    """Make the folder's log this one; what of it is there already stays as it is."""
    wanted = written(log, is_closed=is_closed)
    for name in _names(folder):
        if name not in wanted:
            files.remove(f"{folder}/{name}")
    for name, content in wanted.items():
        if _content(f"{folder}/{name}") != content:
            files.write_bytes(f"{folder}/{name}", content)


def read(folder: str) -> RaftLog:
    """The log that a folder holds; an empty one where it holds none."""
    names = sorted(_names(folder))
    base = base_term = 0
    for name in names:
        if name.startswith("snapshot-") and not name.endswith(".meta"):
            _, term, index, _ = name.split("-")
            base, base_term = max((base, base_term), (int(index), int(term)))
    terms: list[int] = []
    for name in names:  # closed segments sort before an open one
        if name[0] in "0o":
            terms += _terms(f"{folder}/{name}")
    return RaftLog(base, base_term, tuple(terms))


def _batch(term: int) -> bytes:
    entry = ENTRY.pack(term, PLAIN, len(PAYLOAD))
    head = NUMBER.pack(1) + entry
    return BATCH.pack(zlib.crc32(head), zlib.crc32(PAYLOAD), 1) + entry + PAYLOAD


def _terms(path: str) -> list[int]:
    content = _content(path)
    step = BATCH.size + ENTRY.size + len(PAYLOAD)
    places = range(NUMBER.size + BATCH.size, len(content), step)
    return [NUMBER.unpack_from(content, place)[0] for place in places]


def _names(folder: str) -> list[str]:
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return [name for name in names if _is_ours(name)]


def _is_ours(name: str) -> bool:
    if name.endswith(".new"):  # a write that was killed
        return False
    return name[0] == "0" or name.startswith(("open-", "snapshot-", "metadata"))


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""
