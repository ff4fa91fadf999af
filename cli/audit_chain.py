"""The chain of a copy of the audit log, as the API writes it: each record holds a hash.

A copy is one file or several, and may begin with a later record than the first.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a copy."""

    place: int
    """Its number, as the first of the copy says it, and counted from there."""
    hash: str
    """Empty where the line is no record."""
    fault: str = ""
    """What is wrong with it; empty if nothing is."""


def rows_of(lines: Iterable[str]) -> Iterator[Row]:
    """Yield the lines of a copy in order, each with what is wrong with it."""
    former, place = "", 0
    for line in lines:
        record = _read(line.rstrip("\n"))
        if not place:
            place, former = _begin(record)
        found = str(record.get("hash", "")) if record else ""
        yield Row(place, found, _fault(record, place, former))
        former, place = found, place + 1


def in_order(copies: Iterable[list[str]]) -> list[str]:
    """Return the lines of several files by the numbers that they begin with."""
    whole = sorted((lines for lines in copies if lines), key=lambda lines: _begin(_read(lines[0])))
    return [line for lines in whole for line in lines]


def _begin(record: dict[str, Any] | None) -> tuple[int, str]:
    """Return the number of a copy's first record, and the hash that it says was before."""
    number = record.get("number") if record else None
    if record is None or not isinstance(number, int) or number < 2:
        return 1, ""
    return number, str(record.get("former", ""))


def _read(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _fault(record: dict[str, Any] | None, place: int, former: str) -> str:
    if record is None:
        return "it is no record"
    rest = {name: value for name, value in record.items() if name != "hash"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    if hashlib.sha256(text.encode()).hexdigest() != record.get("hash"):
        return "its hash is not that of what it says"
    if record.get("number") != place:
        return f"number {record.get('number')} stands in its place"
    return "" if record.get("former") == former else "it does not hold the hash of the one before"
