"""An inventory of Ansible, in either of its two forms, and what its variables say of hosts.

Groups give variables as Ansible has it: those of a child win over its parents', those of a host
over all. They become nothing else here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cli.host_files.names import NoWay, check_address, settle_jumps, take_name, way_in_options
from cli.host_files.ranges import expanded
from cli.host_files.reading import FIELDS, MOST_HOSTS, Reading, Row, unknown_field

OURS = "clusterwright_"
"""Begins variables that say a field of a host: ``clusterwright_zone=rack-1``."""
VARIABLES = {
    "ansible_host": "address",
    "ansible_ssh_host": "address",
    "ansible_port": "port",
    "ansible_ssh_port": "port",
    "ansible_user": "user",
    "ansible_ssh_user": "user",
}
OPTIONS = ("ansible_ssh_common_args", "ansible_ssh_extra_args")
KEY_FILES = ("ansible_ssh_private_key_file", "ansible_private_key_file")
BY_SSH = {"ssh", "smart", "paramiko", "paramiko_ssh", "ansible.builtin.ssh"}
SECRET = re.compile(r"ansible_(?:\w+_)?(?:pass|password|passphrase)", re.ASCII)
WITH_PORT = re.compile(r"(.*[^:]):([0-9]{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Variable:
    """The value of a variable, as a text, and its line."""

    value: str
    line: int


Variables = dict[str, Variable]


@dataclass(slots=True)
class Group:
    """A group: its hosts, its variables and the groups below it."""

    hosts: set[str] = field(default_factory=set)
    variables: Variables = field(default_factory=dict)
    children: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Inventory:
    """What an inventory says, before variables are given to hosts."""

    reading: Reading
    groups: dict[str, Group] = field(default_factory=dict)
    hosts: dict[str, Variables] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def group(self, name: str) -> Group:
        return self.groups.setdefault(name, Group())

    def add(self, pattern: str, group: str, variables: Mapping[str, Variable], line: int) -> None:
        """Add the hosts of a pattern, each with these variables, to a group."""
        found = WITH_PORT.fullmatch(pattern)
        port: Variables = {}
        if found:
            pattern, port = found[1], {"ansible_port": Variable(found[2], line)}
        try:
            names = expanded(pattern)
        except ValueError as error:
            self.reading.faults.append(f"{self.reading.at(line)}: {error}")
            return
        if len(self.hosts) + len(names) > 2 * MOST_HOSTS:
            self.reading.faults.append(
                f"{self.reading.at(line)}: cannot read so many hosts; {MOST_HOSTS} at most are "
                "taken together"
            )
            return
        for name in names:
            self.lines.setdefault(name, line)
            self.hosts.setdefault(name, {}).update({**port, **variables})
            self.group(group).hosts.add(name)

    def refuses(self, name: str, value: str, line: int) -> bool:
        """Say whether a variable is a secret, and note it without a word of its value."""
        if not SECRET.fullmatch(name) and not value.startswith("$ANSIBLE_VAULT"):
            return False
        self.reading.faults.append(
            f"{self.reading.at(line)}: cannot use {name}: it is a secret, and none is read here; "
            "take it out: hosts are logged in to with a key, and sudo asks for no password"
        )
        return True


def finish(inventory: Inventory) -> None:
    """Make hosts of what was read."""
    reading = inventory.reading
    depths = _depths(inventory)
    if depths is None:
        return
    members = {name: _members(inventory, name) for name in depths}
    for name, own in inventory.hosts.items():
        row = Row(reading.at(inventory.lines[name]), called=name)
        groups = [group for group in depths if name in members[group]]
        row.groups = tuple(groups)
        variables: Variables = {}
        for group in sorted(groups, key=lambda group: (depths[group], group)):
            variables |= inventory.groups[group].variables
        _fill(row, variables | own, reading)
    settle_jumps(reading.rows)


def _fill(row: Row, variables: Variables, reading: Reading) -> None:
    connection = variables.get("ansible_connection")
    if connection and connection.value not in BY_SSH:
        reading.notes.append(
            f"{row.place}: {row.called}: left out, Ansible does not reach it by SSH "
            f"({connection.value[:40]})"
        )
        return
    reading.rows.append(row)
    take_name(row)
    for name, variable in variables.items():
        key = VARIABLES.get(name) or (name.removeprefix(OURS) if name.startswith(OURS) else "")
        place = reading.at(variable.line)
        if key and "{{" in variable.value:
            row.fault(key, f"cannot use a template; write what {name} comes to")
        elif key in FIELDS and key != "name":
            row.say(key, variable.value, place)
        elif key:
            row.fault("", unknown_field(key))
    if "address" not in row.values and not row.faults:
        row.values["address"] = row.called
    check_address(row)
    _tell_way(row, variables, reading)
    for name in KEY_FILES:
        if name in variables:
            row.notes.append(
                f"{name} is not read: say the name of a file in the keys folder as {OURS}ssh_key"
            )


def _tell_way(row: Row, variables: Variables, reading: Reading) -> None:
    for name in OPTIONS:
        if name not in variables or "jump" in row.values:
            continue
        row.places["jump"] = reading.at(variables[name].line)
        try:
            row.via = row.via or way_in_options(variables[name].value)
        except NoWay:
            row.fault(
                "jump",
                f"cannot read the way in {name}; say the jump host as {OURS}jump, or as -J HOST",
            )


def _depths(inventory: Inventory) -> dict[str, int] | None:
    """Return how far each group stands below ``all``; nothing where they go in a circle."""
    depths: dict[str, int] = {"all": 0} if "all" in inventory.groups else {}
    depths |= {name: 1 for name in inventory.groups if name != "all"}
    for _ in range(len(depths) + 1):
        deeper = {
            child: depths[name] + 1
            for name, group in inventory.groups.items()
            for child in group.children
            if depths[child] < depths[name] + 1
        }
        if not deeper:
            return depths
        depths |= deeper
    inventory.reading.faults.append(
        f"{inventory.reading.file}: cannot read the groups: one is below itself"
    )
    return None


def _members(inventory: Inventory, name: str) -> set[str]:
    """Return the hosts of a group and of those below it."""
    if name == "all":
        return set(inventory.hosts)
    return set(_hosts_below(inventory, name))


def _hosts_below(inventory: Inventory, name: str) -> Iterator[str]:
    yield from inventory.groups[name].hosts
    for child in inventory.groups[name].children:
        yield from _hosts_below(inventory, child)
