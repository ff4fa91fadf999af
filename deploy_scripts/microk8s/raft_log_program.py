"""Tells how far the datastore's log of a stopped node goes; runs on a host, with its Python 3.7.

Its argument is the backend folder. It prints a line ``log TERM INDEX DIGEST``. File names alone do
not tell it: entries stand in ``open-N`` files, unnumbered, until those are closed, and a node that
lost its power has closed none.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import sys

FORMAT = 1
BATCH = struct.Struct("<IIQ")
ENTRY = struct.Struct("<QBxxxI")
MOST_ENTRIES = 1_000_000
CLOSED = re.compile(r"([0-9]{16})-([0-9]{16})\Z")
OPEN = re.compile(r"open-([0-9]+)\Z")
SNAPSHOT = re.compile(r"snapshot-([0-9]+)-([0-9]+)-[0-9]+\Z")
FILES = re.compile(r"(snapshot-.*|[0-9]{16}-[0-9]{16}|open-[0-9]+|metadata[12])\Z")


def read(path: str) -> tuple[int, int]:
    """Return how many whole entries a segment holds, and the term of the last one."""
    with open(path, "rb") as file:
        data = file.read()
    entries, term, place = 0, 0, 8
    if len(data) < place or struct.unpack_from("<Q", data)[0] != FORMAT:
        return 0, 0
    while place + BATCH.size <= len(data):
        _, _, count = BATCH.unpack_from(data, place)
        place += BATCH.size
        if not 0 < count <= MOST_ENTRIES or place + count * ENTRY.size > len(data):
            break
        rows = [ENTRY.unpack_from(data, place + row * ENTRY.size) for row in range(count)]
        place += count * ENTRY.size + sum(size for _, _, size in rows)
        if place > len(data):
            break
        entries, term = entries + count, rows[-1][0]
    return entries, term


def end(folder: str) -> tuple[int, int]:
    """Return term and number of the last entry."""
    names = os.listdir(folder)
    term, index = 0, 0
    for found in filter(None, map(SNAPSHOT.match, names)):
        term, index = max((term, index), (int(found[1]), int(found[2])))
    for found in sorted(filter(None, map(CLOSED.match, names)), key=lambda one: int(one[2])):
        if int(found[2]) > index:
            term, index = max(read(f"{folder}/{found[0]}")[1], term), int(found[2])
    for found in sorted(filter(None, map(OPEN.match, names)), key=lambda one: int(one[1])):
        entries, last = read(f"{folder}/{found[0]}")
        term, index = max(term, last), index + entries
    return term, index


def digest(folder: str) -> str:
    """Return the SHA-256 of the names and contents of the log's files."""
    whole = hashlib.sha256()
    for name in sorted(filter(FILES.match, os.listdir(folder))):
        with open(f"{folder}/{name}", "rb") as file:
            whole.update(f"{name} {hashlib.sha256(file.read()).hexdigest()}\n".encode())
    return whole.hexdigest()


if __name__ == "__main__":
    sys.stdout.write("log {} {} {}\n".format(*end(sys.argv[1]), digest(sys.argv[1])))
