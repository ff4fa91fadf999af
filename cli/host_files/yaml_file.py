"""Hosts as YAML: a list, or a mapping of names; also below the key ``hosts``."""

from collections.abc import Sequence

import yaml

from cli.host_files.reading import FIELDS, Reading, Row, unknown_field
from cli.host_files.yaml_nodes import BadYaml, Entry, Nodes, composed, line_of
from cli.host_record import ANSWERED_ONLY


def read(text: str, reading: Reading) -> None:
    try:
        node = composed(text)
        if node is None:
            return
        nodes = Nodes()
        _rows(_listed(node, nodes, reading), nodes, reading)
    except BadYaml as error:
        reading.faults.append(f"{reading.at(error.line)}: cannot read it as YAML: {error}")


def _listed(node: yaml.Node, nodes: Nodes, reading: Reading) -> yaml.Node:
    """Return the node that has the hosts."""
    if not isinstance(node, yaml.MappingNode):
        return node
    named = {entry.name: entry for entry in nodes.entries(node)}
    if set(named) == {"hosts"}:
        return named["hosts"].value
    if "all" in named:
        reading.faults.append(
            f"{reading.at(named['all'].line)}: cannot use a host all; if this is an inventory of "
            "Ansible, say --format ansible"
        )
    return node


def _rows(node: yaml.Node, nodes: Nodes, reading: Reading) -> None:
    if isinstance(node, yaml.MappingNode):
        for host in nodes.entries(node):
            row = Row(reading.at(host.line), {"name": host.name}, called=host.name)
            _fill(row, nodes.entries(host.value), nodes, reading)
        return
    for item in nodes.items(node):
        row = Row(reading.at(line_of(item)))
        _fill(row, nodes.entries(item), nodes, reading)
        if "name" not in row.values and not row.faults:
            row.fault("", "cannot use a host without a name")


def _fill(row: Row, entries: Sequence[Entry], nodes: Nodes, reading: Reading) -> None:
    reading.rows.append(row)
    for entry in entries:
        if entry.name == "name":
            row.called = row.called or str(entry.value.value)
    for entry in entries:
        place = reading.at(entry.line)
        if entry.name == "name" and "name" in row.values:
            row.fault("", "cannot use the field name: the host has its name already")
        elif entry.name in FIELDS:
            nodes.say(row, entry.name, entry.value, place)
        elif entry.name not in ANSWERED_ONLY:
            row.places[""] = place
            row.fault("", unknown_field(entry.name))
