"""Counts what is in an archive of ``microk8s dbctl backup``: an exit code proves nothing of it.

The archive has one folder, of its file's own name without ``.tar.gz``, with a pair of files for
each stored object: ``N.key`` and ``N.data``.
"""

import gzip
import re
import tarfile
import zlib
from collections import Counter
from typing import BinaryIO

from cluster.backups import Contents

SUFFIX = ".tar.gz"
CHUNK = 1024 * 1024
MOST_ENTRIES = 2_000_000
LONGEST_KEY = 4096
MOST_SORTS = 1000
OTHERS = "others"
"""The sort of all that comes after so many."""

_FILE = re.compile(r"(0|[1-9][0-9]{0,9})\.(key|data)")
_SORT = re.compile(r"/?registry/([A-Za-z0-9._-]{1,100})(?:/|\Z)")


class BadArchive(ValueError):
    """An archive is damaged, or holds something else; the message is half a sentence."""


def contents_of(stream: BinaryIO, name: str) -> Contents:
    """Read an archive to its end and return what is in it; raises ``BadArchive``."""
    found: dict[str, set[int]] = {"key": set(), "data": set()}
    sorts: Counter[str] = Counter()
    try:
        unpacked = gzip.GzipFile(fileobj=stream, mode="rb")
        with tarfile.open(fileobj=unpacked, mode="r|") as archive:
            for member in archive:
                number, part = _part(member, name)
                if not part:
                    continue
                if number in found[part] or len(found[part]) >= MOST_ENTRIES:
                    raise BadArchive(f"it holds {number}.{part} twice, or too much")
                found[part].add(number)
                if part == "key":
                    sorts[_sort(archive, member, sorts)] += 1
        while unpacked.read(CHUNK):
            pass  # to its very end, where its checksum stands
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise BadArchive(f"it is no whole archive ({type(error).__name__})") from error
    if found["key"] != found["data"]:
        keys, data = len(found["key"]), len(found["data"])
        raise BadArchive(f"it holds {keys} keys and {data} objects that do not belong together")
    return Contents(len(found["key"]), dict(sorted(sorts.items())))


def _part(member: tarfile.TarInfo, name: str) -> tuple[int, str]:
    """Return the number and the part of an object that a file is; no part for the folder itself."""
    folder, _, file = member.name.removeprefix("./").rstrip("/").partition("/")
    if folder != name:
        # A restore looks for the folder that the file's name says, finds none, and says nothing.
        raise BadArchive(f"its folder is {folder[:60]!r}, and is to be {name!r}")
    if not file and member.isdir():
        return 0, ""
    found = _FILE.fullmatch(file)
    if not found or not member.isfile():
        raise BadArchive(f"it holds {file[:60]!r}, which belongs to no object")
    return int(found[1]), found[2]


def _sort(archive: tarfile.TarFile, member: tarfile.TarInfo, known: Counter[str]) -> str:
    file = archive.extractfile(member)
    key = file.read(LONGEST_KEY).decode(errors="replace") if file else ""
    matched = _SORT.match(key)
    sort = matched[1] if matched else OTHERS
    return sort if sort in known or len(known) < MOST_SORTS else OTHERS
