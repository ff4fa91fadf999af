"""Parts of a YAML document that know their line, and which of their members were asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from cli.host_files.yaml_nodes import READ_AS, TAG, BadYaml, Nodes, composed, is_nothing, line_of
from cli.visible import visible

MOST_SHOWN = 80
MOST_PORT = 65535


@dataclass(slots=True)
class Told:
    """What is to be said of a file: what is wrong with it, and what of it is left behind."""

    file: str
    faults: list[str] = field(default_factory=list)
    behind: list[tuple[int, str]] = field(default_factory=list)
    nodes: Nodes = field(default_factory=Nodes)
    parts: list["Part"] = field(default_factory=list)

    def fault(self, line: int, text: str) -> None:
        self.faults.append(f"{self.file}:{line}: {text}")

    def note(self, line: int, text: str) -> None:
        self.behind.append((line, text))

    @property
    def notes(self) -> list[str]:
        """What is left behind or is another here, in the order of the file."""
        return [f"line {line}: {text}" for line, text in sorted(dict.fromkeys(self.behind))]

    def whole(self, text: str) -> "Part":
        """Return the document; one that cannot be read is empty, and a fault."""
        try:
            node = composed(text)
        except BadYaml as error:
            self.fault(error.line, f"cannot read it as YAML: {error}; look at the indentation")
            node = None
        return Part(self, node, "", line_of(node) if node else 1)

    def note_left(self) -> None:
        """Note each member that nobody has asked for: it is not carried over."""
        for part in self.parts:
            for path, line in part.left():
                self.note(line, f"{path} is not carried over")


class Part:
    """One mapping of the document; what is missing is an empty one."""

    def __init__(self, told: Told, node: yaml.Node | None, path: str, line: int) -> None:
        self.told, self.path, self.line = told, path, line
        self.asked: set[str] = set()
        self.members: dict[str, tuple[yaml.Node, int]] = {}
        told.parts.append(self)
        if node is None:
            return
        try:
            for entry in told.nodes.entries(node):
                self.members[entry.name] = (entry.value, entry.line)
        except BadYaml as error:
            told.fault(error.line, f"cannot use {path or 'this'}: {error}")

    def __contains__(self, name: str) -> bool:
        self.asked.add(name)
        return name in self.members and not is_nothing(self.members[name][0])

    def at(self, name: str) -> int:
        """Return the line of a member, or that of the part where it has none."""
        return self.members[name][1] if name in self.members else self.line

    def place(self, name: str) -> tuple[str, int]:
        """Return path and line of a member."""
        return self.where(name), self.at(name)

    def text(self, name: str) -> str:
        """Return a text; nothing where there is none. What YAML takes for another is a fault."""
        if name not in self:
            return ""
        return self._text(name, self.members[name][0])

    def number(self, name: str, otherwise: int) -> int:
        """Return a whole number."""
        if name not in self:
            return otherwise
        node, line = self.members[name]
        shown = str(node.value)[:MOST_SHOWN]
        if node.tag == TAG + "int" and shown.isdecimal() and not shown.startswith("0"):
            return int(shown)
        self.told.fault(line, f"cannot use {self.where(name)}: write a whole number, as in 22")
        return otherwise

    def port(self, name: str, otherwise: int) -> int:
        """Return the number of a port."""
        found = self.number(name, otherwise)
        if not 1 <= found <= MOST_PORT:
            self.told.fault(
                self.at(name),
                f"cannot use {found} at {self.where(name)}: write a port of 1 to {MOST_PORT}",
            )
        return found

    def truth(self, name: str) -> bool:
        """Return whether it is said and true."""
        if name not in self:
            return False
        node, line = self.members[name]
        if node.tag != TAG + "bool":
            self.told.fault(line, f"cannot use {self.where(name)}: write true or false")
        return node.tag == TAG + "bool" and str(node.value).lower() in {"true", "yes", "on"}

    def part(self, name: str) -> "Part":
        self.asked.add(name)
        node, line = self.members.get(name, (None, self.line))
        return Part(self.told, node, self.where(name), line)

    def rows(self, name: str) -> Iterator["Part"]:
        """Yield the mappings of a list."""
        for place, node in enumerate(self._items(name)):
            yield Part(self.told, node, f"{self.where(name)}[{place}]", line_of(node))

    def texts(self, name: str) -> list[str]:
        """Return the texts of a list."""
        return [self._text(name, node) for node in self._items(name)]

    def left(self) -> Iterator[tuple[str, int]]:
        """Yield path and line of each member that nobody has asked for."""
        for name, (node, line) in self.members.items():
            if name not in self.asked and not is_nothing(node):
                yield self.where(name), line

    def _items(self, name: str) -> list[yaml.Node]:
        if name not in self:
            return []
        try:
            return list(self.told.nodes.items(self.members[name][0]))
        except BadYaml as error:
            self.told.fault(error.line, f"cannot use {self.where(name)}: {error}")
            return []

    def _text(self, name: str, node: yaml.Node) -> str:
        value: Any = node.value
        if isinstance(node, yaml.ScalarNode) and node.tag == TAG + "str":
            return str(value)
        if isinstance(node, yaml.ScalarNode):
            shown = visible(str(value)[:MOST_SHOWN])
            kind = READ_AS.get(node.tag.removeprefix(TAG), "something else")
            way = f'YAML reads {shown} as {kind}; write "{shown}"'
        else:
            way = "a text is wanted"
        self.told.fault(line_of(node), f"cannot use {self.where(name)}: {way}")
        return ""

    def where(self, name: str) -> str:
        """Return by which path a member is told."""
        shown = visible(name[:MOST_SHOWN]).replace("\n", " ")
        return f"{self.path}.{shown}" if self.path else shown
