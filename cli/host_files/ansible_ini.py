"""The form of Ansible's inventories that has a line for each host, below groups in brackets."""

import re
import shlex

from cli.host_files.ansible import Inventory, Variable, Variables, finish
from cli.host_files.reading import Reading

SECTION = re.compile(r"\[([^\[\]:]+)(?::(vars|children))?\]\s*(?:[#;].*)?", re.ASCII)


def read(text: str, reading: Reading) -> None:
    inventory = Inventory(reading)
    group, kind = "ungrouped", None
    for line, content in enumerate(text.splitlines(), 1):
        content = content.strip()
        if not content or content[0] in "#;":
            continue
        if not content.startswith("["):
            _read_line(inventory, group, kind, content, line)
        elif found := SECTION.fullmatch(content):
            group, kind = found[1].strip(), found[2]
            inventory.group(group)
        else:
            _fault(inventory, line, "a group is written as [name], [name:vars] or [name:children]")
    finish(inventory)


def _read_line(inventory: Inventory, group: str, kind: str | None, content: str, line: int) -> None:
    if kind == "vars":
        name, equals, value = content.partition("=")
        if not equals:
            _fault(inventory, line, "a variable is wanted here, as name=value")
        else:
            _take(inventory, inventory.group(group).variables, name.strip(), value.strip(), line)
        return
    words = _words(content)
    if not words:
        _fault(inventory, line, "its quotes do not match")
    elif kind == "children":
        inventory.group(words[0])
        inventory.group(group).children.add(words[0])
    else:
        variables: Variables = {}
        for word in words[1:]:
            name, equals, value = word.partition("=")
            if equals:
                _take(inventory, variables, name, value, line)
            else:
                # It may be the rest of a secret that was written without quotes.
                _fault(inventory, line, "behind the host, each word is wanted as name=value")
        inventory.add(words[0], group, variables, line)


def _take(inventory: Inventory, into: Variables, name: str, value: str, line: int) -> None:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    if not inventory.refuses(name, value, line):
        into[name] = Variable(value, line)


def _words(content: str) -> list[str]:
    try:
        return shlex.split(content, comments=True)
    except ValueError:
        return []


def _fault(inventory: Inventory, line: int, text: str) -> None:
    reading = inventory.reading
    reading.faults.append(f"{reading.at(line)}: cannot read the line: {text}")
