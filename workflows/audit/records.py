"""What is recorded of one act, and the hash that ties it to the record before; pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Self

from deploy_scripts.fleet.redaction import redact

MOST_MEMBERS = 20
LONGEST_VALUE = 200
LONGEST_NAME = 128
"""Of what was there before and after an act; the record is no copy of what it is about."""
SECRET = ("secret", "token", "password", "private")
"""Members whose names hold one of these are not recorded, whatever their value."""

RESTORED = "restore-audit-log"
"""The verb of the record that tells what Redis had lost."""
CUT_VERB = "cut-audit-log"
"""The verb of the record that tells up to which one Redis has them no more."""


class Outcome(StrEnum):
    """What became of an act."""

    DONE = "done"
    REFUSED = "refused"  # who asked may not do it; nothing has happened
    BROKEN_OFF = "broken-off"  # a defect or a lost Redis; some of it may have happened


class BadRecord(ValueError):
    """A line that is no record, or whose hash is not its own."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody did, or was refused."""

    verb: str
    """What was done, in a word or some: ``make-token``."""
    object: str = ""
    """What it was done to: ``token 0123456789ab``."""
    cluster: str = ""
    actor: str = ""
    """The id of who did it: of a token, or ``hook:NAME``; empty where nobody knows."""
    name: str = ""
    via: str = ""
    address: str = ""
    """Of the client; empty where none asked."""
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome = Outcome.DONE
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Record(Act):
    """An act in its place of the chain."""

    number: int = 0
    """Counts from 1."""
    at: float = 0
    """Unix time in seconds, to the millisecond."""
    former: str = ""
    """The hash of the record before; empty in the first."""
    hash: str = ""
    """SHA-256 of all the rest."""

    @property
    def line(self) -> str:
        """Return it as it is stored."""
        return _line(_row(self))

    @classmethod
    def of(cls, line: str) -> Self:
        """Return the record of a line. Raises ``BadRecord`` where it is none, or was altered."""
        try:
            row = json.loads(line)
            found = cls(**row | {"outcome": Outcome(row["outcome"])})
        except (ValueError, TypeError, KeyError, RecursionError):
            raise BadRecord("it is no record") from None
        if set(row) != FIELDS or found.line != line:
            raise BadRecord("it is not written as records are")
        if found.hash != _hash_of(found):
            raise BadRecord("its hash is not that of what it says")
        return found


def record_of(line: str) -> Record | None:
    """Return the record of a line; one that was altered has none."""
    try:
        return Record.of(line)
    except BadRecord:
        return None


FIELDS = frozenset(each.name for each in fields(Record))


def following(number: int, former: str, act: Act, now: float) -> Record:
    """Return the record of an act that comes after the one of that number and hash.

    No secret is left in it.
    """
    about = {name: getattr(act, name) for name in Act.__slots__}
    texts = {name: _short(value) for name, value in about.items() if isinstance(value, str)}
    rest = {"before": small(act.before), "after": small(act.after), "outcome": act.outcome}
    found = Record(**about | texts | rest, number=number + 1, at=round(now, 3), former=former)
    return replace(found, hash=_hash_of(found))


def small(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may be recorded of some values: few, short, and without secrets."""
    kept = [name for name in sorted(values) if not any(word in name.lower() for word in SECRET)]
    return {name: _value(values[name]) for name in kept[:MOST_MEMBERS]}


def _value(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value) if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
    shown = redact(text, keep=[text])  # an id by itself is no secret
    return shown if len(shown) <= LONGEST_VALUE else shown[: LONGEST_VALUE - 1] + "…"


def _short(text: str) -> str:
    return redact(text, keep=text.split())[:LONGEST_NAME]


def _hash_of(record: Record) -> str:
    row = _row(record)
    del row["hash"]
    return hashlib.sha256(_line(row).encode()).hexdigest()


def _row(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in FIELDS}


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, sort_keys=True, separators=(",", ":"))
