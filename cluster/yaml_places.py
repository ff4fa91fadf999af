"""YAML as plain values, and where each of them stands: within bounds, without guessing; pure.

Only nodes are made, never objects. There are no aliases, no tags, no keys twice, and no text that
YAML would take for something else unseen.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from cluster.printable import short
from cluster.yaml_words import quoted, with_name

LARGEST_BYTES = 256 * 1024
DEEPEST = 30
MOST_NODES = 50_000
MOST_TOLD = 100
"""Faults of one document that a person reads at once."""
PLAIN = "tag:yaml.org,2002:"
WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,17})", re.ASCII)
FRACTION = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,18}", re.ASCII)
WORDS = {"true": True, "false": False, "": None, "null": None, "~": None}
READ_AS = {
    "bool": "a truth value",
    "float": "a number",
    "int": "a number",
    "null": "nothing",
    "timestamp": "a date",
}
WRITE_OUT = "write out what it stands for, so that everybody sees what it says"
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a document, and the way out."""

    line: int
    column: int
    """Both from 1; of what is left out, where it should be."""
    pointer: str
    """The field as JSON pointer (RFC 6901)."""
    detail: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "column": self.column,
            "pointer": self.pointer,
            "detail": self.detail,
        }


class FaultsFound(Exception):
    """A document is refused as a whole: nothing of it is used."""

    def __init__(self, faults: Iterable[Fault], document: str, what_now: str) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.line, fault.column)))
        self.told = self.faults[:MOST_TOLD]
        count = len(self.faults)
        found = "1 fault was" if count == 1 else f"{count} faults were"
        super().__init__(
            f"cannot use {document}: {found} found, the first in line {self.faults[0].line}; "
            f"{what_now}"
        )


@dataclass(slots=True)
class Placed:
    """A document: its value, where each part of it stands, and what is wrong with it as YAML."""

    value: Any = None
    places: dict[str, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    numbers: dict[str, str] = field(default_factory=dict)
    """How each number is written: 1.10 is another text than the number says."""

    def fault(self, pointer: str, detail: str) -> None:
        """Note what is wrong with a field, at its place or at that of what it is missing from."""
        known = pointer
        while known and known not in self.places:
            known = known.rpartition("/")[0]
        line, column = self.places.get(known, (1, 1))
        detail = with_name(detail, pointer, self.value, self.numbers.get(pointer, ""))
        self.faults.append(Fault(line, column, short(pointer), short(detail, 600)))


class _Refused(Exception):
    def __init__(self, mark: Any, message: str) -> None:
        super().__init__(message)
        self.place: Place = (mark.line + 1, mark.column + 1) if mark else (1, 1)


class _Composer(yaml.SafeLoader):
    """Makes nodes: not too many, not too deep in each other, and each for one place only."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = self.count = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.NodeEvent = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's
        self.depth += 1
        self.count += 1
        if isinstance(event, yaml.AliasEvent):
            raise _Refused(
                event.start_mark,
                f"cannot use the alias here: {WRITE_OUT}",
            )
        if self.depth > DEEPEST:
            raise _Refused(
                event.start_mark, f"cannot read on: it is nested more than {DEEPEST} times"
            )
        if self.count > MOST_NODES:
            raise _Refused(event.start_mark, f"cannot read on: it has more than {MOST_NODES} parts")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def read_yaml(text: str) -> Placed:
    """Return what a text says. It never raises: what is wrong is among the faults."""
    placed = Placed()
    size = len(text.encode(errors="replace"))
    if size > LARGEST_BYTES:
        placed.fault("", f"cannot read {size} bytes: {LARGEST_BYTES} at most; write less")
        return placed
    try:
        node = _Composer(text).get_single_node()
        if node is not None:
            placed.value = _value(node, "", placed)
    except _Refused as error:
        placed.faults.append(Fault(*error.place, "", str(error)))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        detail = "cannot read it as YAML: it has a sign that YAML does not allow; take it out"
        placed.faults.append(Fault(line, 1, "", detail))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        placed.faults.append(Fault(line, column, "", _unread(error)))
    except ValueError:  # an escape in a text that stands for no character
        placed.fault("", 'cannot read it as YAML: a text in "" has an escape that is no character')
    return placed


def _value(node: yaml.Node, pointer: str, placed: Placed) -> Any:
    placed.places.setdefault(pointer, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.SequenceNode):
        _no_tag(node, "seq", pointer, placed)
        return [_value(one, f"{pointer}/{place}", placed) for place, one in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        _no_tag(node, "map", pointer, placed)
        return _mapping(node, pointer, placed)
    return _scalar(node, pointer, placed)


def _mapping(node: yaml.Node, pointer: str, placed: Placed) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag != PLAIN + "str":
            _note(placed, key, pointer, _no_name(key))
            continue
        name = str(key.value)
        inner = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        if name in found:
            detail = f"cannot use {short(name, 80)} twice: keep one of the two"
            _note(placed, key, inner, detail)
            continue
        placed.places[inner] = (key.start_mark.line + 1, key.start_mark.column + 1)
        found[name] = _value(value, inner, placed)
    return found


def _scalar(node: yaml.Node, pointer: str, placed: Placed) -> Any:
    kind, text = node.tag.removeprefix(PLAIN), str(node.value)
    if kind == "str":
        return text
    if kind in ("null", "bool") and text.lower() in WORDS:
        return WORDS[text.lower()]
    if kind == "int" and WHOLE.fullmatch(text):
        placed.numbers[pointer] = text
        return int(text)
    if kind == "float" and FRACTION.fullmatch(text):
        placed.numbers[pointer] = text
        return float(text)
    _note(placed, node, pointer, quoted(text, READ_AS.get(kind, "something else than text")))
    return text


def _no_name(key: yaml.Node) -> str:
    """Return what is wrong with what stands before a colon."""
    if not isinstance(key, yaml.ScalarNode):
        return "cannot use this as a name: a text is wanted"
    if key.tag == PLAIN + "merge":
        return f"cannot use << here: {WRITE_OUT}"
    kind = key.tag.removeprefix(PLAIN)
    return quoted(str(key.value), READ_AS.get(kind, "something else than text"))


def _unread(error: yaml.MarkedYAMLError) -> str:
    if error.problem == "but found another document":
        return (
            "cannot read on: a second document begins here; write a file for each, or take the "
            "line out"
        )
    cause = short(str(error.problem or error.context), 200)
    return f"cannot read it as YAML: {cause}; look at the indentation and at quotes"


def _no_tag(node: yaml.Node, wanted: str, pointer: str, placed: Placed) -> None:
    if node.tag != PLAIN + wanted:
        _note(placed, node, pointer, f"cannot use the tag {short(node.tag, 80)}: take it out")


def _note(placed: Placed, node: yaml.Node, pointer: str, detail: str) -> None:
    mark = node.start_mark
    placed.faults.append(Fault(mark.line + 1, mark.column + 1, short(pointer), detail))
