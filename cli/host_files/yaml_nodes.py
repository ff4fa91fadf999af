"""YAML as nodes that know their line: within bounds, and without guessing what a text means.

Only nodes are made, never objects. What an alias or ``<<`` repeats counts each time, so that a few
lines cannot unfold to millions of values.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from cli.host_files.reading import Row

DEEPEST = 30
MOST_NODES = 200_000
TAG = "tag:yaml.org,2002:"
READ_AS = {"bool": "a truth value", "int": "a number", "float": "a number", "timestamp": "a date"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of a mapping, with its value and its line."""

    name: str
    value: yaml.Node
    line: int


class BadYaml(Exception):
    """A document is not YAML, or not within bounds; ``line`` is where that was seen."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Composer(yaml.SafeLoader):
    """Makes nodes, not too deep in each other."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.begun: list[str | None] = []
        """The anchors of the nodes around the present one, of those that have one."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.NodeEvent = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's
        line = event.start_mark.line + 1 if event.start_mark else 1
        if len(self.begun) == DEEPEST:
            raise BadYaml(line, f"it is nested more than {DEEPEST} times")
        if isinstance(event, yaml.AliasEvent) and event.anchor in self.begun:
            raise BadYaml(line, "an alias stands for something that it is a part of")
        self.begun.append(event.anchor)
        node = super().compose_node(parent, index)
        self.begun.pop()
        return node


def composed(text: str) -> yaml.Node | None:
    """Return the one document of a text, or nothing if it is empty. Raises ``BadYaml``."""
    try:
        loader = _Composer(text)
        return loader.get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise BadYaml(line, "it has a sign that YAML does not allow") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # Its words alone: the lines around might hold anything.
        words = str(error.problem or error.context)
        if words == "but found another document":
            words = "a second document begins here, and one is wanted"
        raise BadYaml(mark.line + 1 if mark else 1, words) from None


@dataclass(slots=True)
class Nodes:
    """Looks into nodes, and counts them."""

    left: int = MOST_NODES

    def entries(self, node: yaml.Node) -> list[Entry]:
        """Return what a mapping has, and what its ``<<`` have; nothing has no entries.

        Raises ``BadYaml`` for what is no mapping, and for a key that stands there twice.
        """
        self._count(node)
        if is_nothing(node):
            return []
        if not isinstance(node, yaml.MappingNode):
            raise BadYaml(line_of(node), "names with values are wanted here, as name: value")
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for key, value in node.value:
            if key.tag == TAG + "merge":
                for inner in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    merged = {entry.name: entry for entry in self.entries(inner)} | merged
                continue
            if not isinstance(key, yaml.ScalarNode):
                raise BadYaml(line_of(key), "a text is wanted as key")
            if key.value in own:
                raise BadYaml(line_of(key), f"the key {key.value[:40]!r} stands there twice")
            own[key.value] = Entry(key.value, value, line_of(key))
        return list((merged | own).values())

    def items(self, node: yaml.Node) -> Iterator[yaml.Node]:
        self._count(node)
        if not isinstance(node, yaml.SequenceNode):
            raise BadYaml(line_of(node), "a list is wanted here")
        yield from node.value

    def say(self, row: Row, key: str, node: yaml.Node, place: str) -> None:
        """Give a host what a node says of it, if it says that without doubt."""
        self._count(node)
        if is_nothing(node):
            return
        row.places[key] = place
        if key == "labels" and isinstance(node, yaml.MappingNode):
            row.values[key] = {
                label.name: text
                for label in self.entries(node)
                if (text := _text(row, key, label.name, label.value)) is not None
            }
        elif key == "port" and node.tag == TAG + "int" and str(node.value).isdecimal():
            if str(node.value).startswith("0"):
                row.fault(key, f"cannot use {node.value}: write a port without a zero before it")
            row.say(key, node.value)
        elif (text := _text(row, key, key, node)) is not None:
            row.say(key, text)

    def _count(self, node: yaml.Node) -> None:
        self.left -= 1 if isinstance(node, yaml.ScalarNode) else 1 + len(node.value)
        if self.left < 0:
            raise BadYaml(line_of(node), f"it unfolds to more than {MOST_NODES} values")


def is_nothing(node: yaml.Node) -> bool:
    return bool(node.tag == TAG + "null")


def line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _text(row: Row, key: str, name: str, node: yaml.Node) -> str | None:
    """Return a text, or note that YAML takes it for something else: ``no`` is not a user's name."""
    if isinstance(node, yaml.ScalarNode) and node.tag == TAG + "str":
        return str(node.value)
    if not isinstance(node, yaml.ScalarNode):
        row.fault(key, f"cannot use what stands at {name}: a text is wanted")
        return None
    kind = READ_AS.get(node.tag.removeprefix(TAG), "something else")
    shown = str(node.value)[:40]
    row.fault(
        key,
        f"cannot use {shown}: YAML reads it as {kind}, not as text; put it in quotes: "
        f'{name}: "{shown}"',
    )
    return None
