"""The chain of a copy of the audit log, as the API writes it: each record holds a hash."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a copy."""

    place: int
    """From 1."""
    hash: str
    """Empty where the line is no record."""
    fault: str = ""
    """What is wrong with it; empty if nothing is."""


def rows_of(lines: Iterable[str]) -> Iterator[Row]:
    """Yield the lines of a copy in order, each with what is wrong with it."""
    former = ""
    for place, line in enumerate(lines, 1):
        record = _read(line.rstrip("\n"))
        found = str(record.get("hash", "")) if record else ""
        yield Row(place, found, _fault(record, place, former))
        former = found


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
