"""Hosts of a configuration of OpenSSH: each ``Host`` that is a name and no pattern.

As for ``ssh`` itself, the first value that is found for a host holds.
"""

import fnmatch
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from cli.host_files.names import NoWay, check_address, settle_jumps, take_name, way_in_command
from cli.host_files.reading import Reading, Row

FIELDS = {"hostname": "address", "port": "port", "user": "user"}
LINE = re.compile(r"([A-Za-z0-9]+)(?:\s*=\s*|\s+|$)(.*)", re.ASCII)
SIGNS = frozenset("*?![]")
"""What makes a pattern of a name."""
READ = {*FIELDS, "proxyjump", "proxycommand", "identityfile"}


@dataclass(frozen=True, slots=True)
class _Block:
    """The options that hold for some hosts: the first of each, with its line."""

    patterns: tuple[str, ...]
    line: int
    options: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def is_for_names(self) -> bool:
        return not any(set(pattern) & SIGNS for pattern in self.patterns)

    def holds_for(self, name: str) -> bool:
        denied = (pattern[1:] for pattern in self.patterns if pattern.startswith("!"))
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in denied):
            return False
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in self.patterns)

    def names(self) -> Iterator[str]:
        return (name for name in self.patterns if not set(name) & SIGNS)


def read(text: str, reading: Reading) -> None:
    blocks = _blocks(text, reading)
    named: dict[str, list[_Block]] = {}
    for block in filter(lambda block: block.is_for_names, blocks):
        for name in block.names():
            named.setdefault(name, []).append(block)
    general = [block for block in blocks if not block.is_for_names]
    seen: set[str] = set()
    for block in blocks:
        for name in block.names():
            if name in seen:
                continue
            seen.add(name)
            row = Row(reading.at(block.line), called=name)
            reading.rows.append(row)
            _fill(row, _options(name, [*named.get(name, ()), *general]), reading)
    settle_jumps(reading.rows)


def _blocks(text: str, reading: Reading) -> list[_Block]:
    blocks = [_Block(("*",), 0)]
    for line, content in enumerate(text.splitlines(), 1):
        words = _words(content)
        if words is None:
            reading.faults.append(f"{reading.at(line)}: cannot read the line: its quotes are odd")
        if not words:
            continue
        keyword, values = words[0].lower(), words[1:]
        if keyword == "host":
            blocks.append(_Block(tuple(values), line))
        elif keyword == "match":
            reading.notes.append(f"{reading.at(line)}: Match is not read, nor what belongs to it")
            blocks.append(_Block((), line))
        elif keyword == "include":
            reading.notes.append(
                f"{reading.at(line)}: Include is not read; import that file by itself"
            )
        elif keyword in READ:
            blocks[-1].options.setdefault(keyword, (" ".join(values), line))
    return blocks


def _words(line: str) -> list[str] | None:
    """Return keyword and values; ``Keyword=value`` is the same. Nothing if quotes do not match."""
    found = LINE.fullmatch(line.strip())
    if found is None or line.lstrip().startswith("#"):
        return []
    keyword, rest = found.groups()
    if keyword.lower() == "proxycommand":
        return [keyword, rest]
    lexer = shlex.shlex(rest, posix=True)
    lexer.whitespace_split, lexer.quotes, lexer.escape = True, '"', ""
    try:
        return [keyword, *lexer]
    except ValueError:
        return None


def _options(name: str, blocks: list[_Block]) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for block in sorted(blocks, key=lambda block: block.line):
        if block.holds_for(name):
            found = block.options | found
    return found


def _fill(row: Row, options: dict[str, tuple[str, int]], reading: Reading) -> None:
    take_name(row)
    address, line = options.get("hostname", ("%h", 0))
    address = address.replace("%h", row.called).replace("%%", "%")
    options = options | {"hostname": (address, line)}
    for keyword, key in FIELDS.items():
        if keyword in options:
            value, line = options[keyword]
            row.say(key, value, reading.at(line) if line else "")
    check_address(row)
    if "identityfile" in options:
        row.notes.append(
            "IdentityFile is not read: ssh_key is the name of a file in the keys folder; hosts "
            "update sets it"
        )
    if "user" not in options:
        row.notes.append("no User, so root will log in; ssh would take your own name")
    ways = [options[name] for name in ("proxyjump", "proxycommand") if name in options]
    if not ways:
        return
    value, line = min(ways, key=lambda way: way[1])
    row.places["jump"] = reading.at(line)
    if "proxyjump" in options and options["proxyjump"] == (value, line):
        row.via = "" if value.lower() == "none" else value
        return
    try:
        row.via = way_in_command(value)
    except NoWay:
        row.fault("jump", "cannot read this ProxyCommand; write ProxyJump with the host before it")
