"""Whatever a file of k0sctl or KubeOne says is carried over, or told with its line and field."""

import re
from dataclasses import dataclass

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st
from tool_files import K0SCTL, ToolFile, taints_meant, tool_files

from cli.cluster_imports import marks
from cli.cluster_imports.imported import cluster_file, hosts_file
from cli.cluster_imports.reading import BadClusterFile, read
from cli.host_files.formats import read as read_hosts
from cluster import names
from workflows.cluster_file.reading import read_file


@with_settings(deadline=None, max_examples=50)
@given(tool_files())
def test_every_host_is_carried_over_with_all_that_is_said_of_it(of):
    cluster, notes = read(of.text, "other.yaml")
    params = read_file(cluster_file(cluster, "prod", notes), of.name)

    assert params["channel"] == f"1.{of.minor}/stable"
    by_address = {address: name for name, address in params["addresses"].items()}
    assert by_address.keys() == {each.address for each in of.machines}
    for each in of.machines:
        name = by_address[each.address]
        assert not each.is_named or name == each.name
        role = "control_plane" if each.is_control_plane else "workers"
        assert name in params[role]
        assert params.get("labels", {}).get(name, {}) == each.labels
        assert sorted(params.get("taints", {}).get(name, [])) == sorted(taints_meant(of, each))
    assert "~/.ssh/id" not in str(notes)


@with_settings(deadline=None, max_examples=50)
@given(tool_files())
def test_the_hosts_are_reached_as_the_file_says(of):
    cluster, _ = read(of.text, "other.yaml")
    rows = read_hosts(hosts_file(cluster).encode(), "hosts.yaml", None).chosen(())
    hosts = {row.values["address"]: row.values for row in rows}
    bastions = {each.bastion for each in of.machines if each.bastion}

    assert hosts.keys() == {each.address for each in of.machines} | bastions
    for each in of.machines:
        row = hosts[each.address]
        assert row.get("port", 22) == (each.port or 22)
        assert row.get("user", "root") == (each.user or "root")
        assert row.get("node_address", "") == (each.private if each.has_private else "")
        jump = row.get("jump", "")
        assert jump == (hosts[each.bastion]["name"] if each.bastion else "")


@dataclass(frozen=True)
class Mistake:
    """What somebody writes in place of something, and what is said of it."""

    fields: tuple[str, str]
    """Of k0sctl and of KubeOne, in a host."""
    text: object
    way_out: str
    also: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return f"{self.fields[0]}={self.text}"


MISTAKES = [
    Mistake(("ssh.address", "publicAddress"), "node.example.test", "write the host's IPv4 address"),
    Mistake(("ssh.address", "publicAddress"), "fd00::7", "write the host's IPv4 address"),
    Mistake(("ssh.address", "publicAddress"), "${NODE_IP}", "fill in its variables first"),
    Mistake(("privateAddress", "privateAddress"), "10.0.0", "write the host's IPv4 address"),
    Mistake(("ssh.port", "sshPort"), 70000, "write a port of 1 to 65535"),
    Mistake(("ssh.port", "sshPort"), "ssh", "write a whole number"),
    Mistake(("ssh.user", "sshUsername"), 1000, 'write "1000"'),
    Mistake(("hostname", "hostname"), 17.5, 'write "17.5"'),
    Mistake(("role", "isLeader"), "boss", "write "),
    Mistake(("installFlags", "labels"), {"a b": "c"}, "write key=value"),
    Mistake(("installFlags", "taints"), "gpu=yes:Never", "write key=value:Effect"),
]


def make(mistake: Mistake, of: ToolFile, host: int) -> tuple[str, str]:
    """Return the file with a mistake of one host, and the path of its field."""
    document = yaml.safe_load(of.text)
    is_k0sctl = of.tool == K0SCTL
    way = mistake.fields[0 if is_k0sctl else 1]
    machine = of.machines[host]
    if is_k0sctl:
        row, path = document["spec"]["hosts"][host], f"spec.hosts[{host}]"
    else:
        group = "controlPlane" if machine.is_control_plane else "staticWorkers"
        same = [each for each in of.machines if each.is_control_plane == machine.is_control_plane]
        place = same.index(machine)
        row, path = document[group]["hosts"][place], f"{group}.hosts[{place}]"
    text = mistake.text
    if way == "installFlags":
        flag = "taints" if isinstance(text, str) else "labels"
        said = text if isinstance(text, str) else ",".join(f"{k}={v}" for k, v in text.items())
        row[way] = [f'--{flag}="{said}"']
    elif way == "taints":
        key, _, rest = str(text).partition("=")
        value, _, effect = rest.partition(":")
        row[way] = [{"key": key, "value": value, "effect": effect}]
    else:
        *parts, last = way.split(".")
        for part in parts:
            row = row[part]
        row[last] = text
    return yaml.safe_dump(document, sort_keys=False, width=200), f"{path}.{way}"


def line_of(text: str, path: str) -> range:
    """Return the lines of a member of a file in YAML's block style."""
    node = yaml.compose(text)
    for part in re.findall(r"[^.\[\]]+", path):
        if part.isdigit() and isinstance(node, yaml.SequenceNode):
            node = node.value[int(part)]
        else:
            key, node = next(pair for pair in node.value if pair[0].value == part)
    return range(key.start_mark.line + 1, node.end_mark.line + 2)


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
@with_settings(deadline=None, max_examples=8)
@given(of=tool_files(), chosen=st.integers(0, 7))
def test_a_mistake_is_told_with_its_line_its_field_and_the_way_out(mistake, of, chosen):
    host = chosen % len(of.machines)
    if of.tool != K0SCTL and mistake.fields[1] == "isLeader":
        host = 0  # only of a control plane node
    text, path = make(mistake, of, host)

    with pytest.raises(BadClusterFile) as refused:
        read(text, "other.yaml")

    (said,) = [row for row in refused.value.faults if path in row]
    assert mistake.way_out in said
    line = int(said.split(":")[1])
    assert line in line_of(text, path), (said, text)


@with_settings(deadline=None, max_examples=30)
@given(tool_files(), st.sampled_from(["name", "address"]))
def test_two_hosts_that_share_something_are_both_named(of, what):
    first, *others = of.machines
    assume(others)
    if what == "name":
        first.is_named = others[-1].is_named = True
        others[-1].name = first.name
    else:
        others[-1].number = first.number

    with pytest.raises(BadClusterFile) as refused:
        read(of.text, "other.yaml")

    said = " ".join(refused.value.faults)
    assert len(re.findall(r"hosts\[\d+\]", said)) >= 2
    assert "give each host its own" in said


def test_labels_and_taints_are_held_against_what_the_inventory_takes():
    assert marks.LABEL_KEY.pattern == names.LABEL_KEY.pattern
    assert marks.LABEL_VALUE.pattern == names.LABEL_VALUE.pattern
    assert marks.TAINT.pattern == names.TAINT.pattern
