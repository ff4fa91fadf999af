"""The form of Ansible's inventories that is YAML: groups with hosts, vars and children."""

import yaml

from cli.host_files.ansible import Inventory, Variable, Variables, finish
from cli.host_files.reading import Reading
from cli.host_files.yaml_nodes import BadYaml, Entry, Nodes, composed

PARTS = ("hosts", "vars", "children")


def read(text: str, reading: Reading) -> None:
    inventory = Inventory(reading)
    try:
        node = composed(text)
        if node is not None:
            nodes = Nodes()
            for entry in nodes.entries(node):
                _group(inventory, nodes, entry)
    except BadYaml as error:
        reading.faults.append(f"{reading.at(error.line)}: cannot read it as YAML: {error}")
        return
    finish(inventory)


def _group(inventory: Inventory, nodes: Nodes, entry: Entry) -> None:
    group = inventory.group(entry.name)
    for part in nodes.entries(entry.value):
        if part.name not in PARTS:
            raise BadYaml(part.line, f"a group has {', '.join(PARTS)}, not {part.name[:40]!r}")
        if part.name == "vars":
            group.variables |= _variables(inventory, nodes, part.value)
            continue
        for inner in nodes.entries(part.value):
            if part.name == "children":
                group.children.add(inner.name)
                _group(inventory, nodes, inner)
            else:
                variables = _variables(inventory, nodes, inner.value)
                inventory.add(inner.name, entry.name, variables, inner.line)


def _variables(inventory: Inventory, nodes: Nodes, node: yaml.Node) -> Variables:
    found: Variables = {}
    for entry in nodes.entries(node):
        value = entry.value
        if value.tag == "!vault":
            inventory.refuses(entry.name, "$ANSIBLE_VAULT", entry.line)
        elif isinstance(value, yaml.ScalarNode):
            if not inventory.refuses(entry.name, str(value.value), entry.line):
                found[entry.name] = Variable(str(value.value), entry.line)
        elif entry.name == "clusterwright_labels" and isinstance(value, yaml.MappingNode):
            words = [f"{label.name}={label.value.value}" for label in nodes.entries(value)]
            found[entry.name] = Variable(" ".join(words), entry.line)
    return found
