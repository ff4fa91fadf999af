"""What was read of a file: hosts, each with its place, what is wrong with it, and what is told."""

import difflib
import fnmatch
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cli.errors import Failure
from cli.file_refused import FileRefused
from cli.host_key import given_key

FIELDS = (
    *("name", "address", "port", "user", "ssh_key", "host_key"),
    *("node_address", "jump", "site", "zone", "labels"),
)
"""What can be said of a host, as the API names it."""
MOST_HOSTS = 1000
"""That the API takes together."""
NONE = frozenset({"jump", "zone"})
"""Fields whose empty text says that there is none; of others it says nothing."""


class BadFile(FileRefused):
    """A file of hosts cannot be read, or not as it is."""

    title = "The file of hosts cannot be used"

    def __init__(self, file: str, faults: Iterable[str]) -> None:
        super().__init__(f"cannot import {file}", faults, "nothing was sent")


@dataclass(slots=True)
class Row:
    """A host as a file tells it; what the file does not tell is not in ``values``."""

    place: str
    """Where it stands, for example ``hosts.csv:4``."""
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """Where single fields stand, if elsewhere."""
    called: str = ""
    """What the file calls it, when that is more than its name."""
    groups: tuple[str, ...] = ()
    via: str = ""
    """The hosts before it, as SSH's ``ProxyJump`` has them."""
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What of it is not read, or is another here."""

    @property
    def name(self) -> str:
        return str(self.values.get("name", self.called))

    def at(self, key: str) -> str:
        return self.places.get(key, self.place)

    def fault(self, key: str, text: str) -> None:
        """Note what is wrong with a field; without one, with the host."""
        about = ": ".join(filter(None, (self.at(key), self.name, key)))
        self.faults.append(f"{about}: {text}")

    def say(self, key: str, value: Any, place: str = "") -> None:
        """Take a field's value as it was read; its text may be that of a number or of labels."""
        if place:
            self.places[key] = place
        if value == "" and key not in NONE:
            return
        try:
            self.values[key] = typed(key, value)
        except ValueError as error:
            self.fault(key, str(error))


@dataclass(slots=True)
class Reading:
    """One file, as far as it was read."""

    file: str
    rows: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Of the file, not of one of its hosts."""
    notes: list[str] = field(default_factory=list)
    """Of the file, or of what of it is no host here."""

    def at(self, line: int) -> str:
        return f"{self.file}:{line}"

    def chosen(self, patterns: Iterable[str]) -> list[Row]:
        """Return the hosts that a pattern names, or whose group it names; without one, all.

        Raises ``BadFile`` if the file, or one of these hosts, is not as it should be.
        """
        wanted = list(patterns)
        rows = [row for row in self.rows if not wanted or _is_one_of(row, wanted)]
        faults = [*self.faults, *(fault for row in rows for fault in row.faults)]
        faults += _twice(rows)
        if not faults and not rows:
            what = f"no host that {' or '.join(wanted)} names" if wanted else "no host"
            faults = [f"{self.file}: it has {what}"]
        if len(rows) > MOST_HOSTS:
            faults.append(
                f"{self.file}: it has {len(rows)} hosts, and {MOST_HOSTS} at most are taken "
                "together; choose some with --only"
            )
        if faults:
            raise BadFile(self.file, faults)
        return rows

    def notes_of(self, rows: Iterable[Row]) -> Iterator[str]:
        """Yield the notes of the file and of these hosts; one that many hosts have comes once."""
        yield from self.notes
        same: dict[str, list[Row]] = {}
        for row in rows:
            for note in row.notes:
                same.setdefault(note, []).append(row)
        for note, of in same.items():
            place = of[0].place if len(of) == 1 else self.file
            yield f"{place}: {', '.join(row.name for row in of)}: {note}"


def typed(key: str, value: Any) -> Any:
    """Return a field's value as the API takes it. Raises ``ValueError`` if a text is none."""
    if not isinstance(value, str):
        return value
    if key == "port":
        if not (value.isascii() and value.isdecimal()):
            raise ValueError(f"cannot use {value[:40]!r}: a port is a number, 1 to 65535")
        return int(value)
    if key == "labels":
        return _labels(value)
    if key == "host_key":
        try:
            return given_key(value)
        except Failure as error:
            raise ValueError(str(error)) from None
    return value


def unknown_field(name: str) -> str:
    """Return what to say of a field that hosts do not have."""
    close = difflib.get_close_matches(name.lower(), FIELDS, 1)
    hint = f"did you mean {close[0]}?" if close else f"hosts have {', '.join(FIELDS)}"
    return f"cannot use the field {name[:40]!r}: it is unknown; {hint}"


def _labels(text: str) -> dict[str, str]:
    labels: dict[str, str] = {}
    for word in text.split():
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise ValueError(f"cannot use the label {word[:40]!r}: write them as a=b c=d")
        if key in labels:
            raise ValueError(f"cannot use the label {key[:40]!r} twice")
        labels[key] = value
    return labels


def _is_one_of(row: Row, patterns: Iterable[str]) -> bool:
    names = {row.name, row.called, *row.groups}
    return any(fnmatch.fnmatchcase(name, pattern) for name in names for pattern in patterns)


def _twice(rows: Iterable[Row]) -> Iterator[str]:
    first: dict[str, Row] = {}
    for row in rows:
        before = first.setdefault(row.name, row)
        if before is not row and row.name:
            yield f"{row.at('name')}: {row.name}: cannot have this name: {before.place} has it"
