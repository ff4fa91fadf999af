"""A cluster as a file: read with all its faults, written so that reading it changes nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kind_worlds import HOST_KEY, formed, hosts

from cluster.observation import Observation, SeenNode
from cluster.spec import ZONE_LABEL
from workflows.cluster_file.differences import differences
from workflows.cluster_file.reading import FileFaults, read_file
from workflows.cluster_file.writing import file_text
from workflows.kinds.apply import ApplySchema

FILE = """\
apiVersion: clusterwright/v1
name: prod
environment: dev
channel: 1.32/stable
addons: [rbac]
hosts:
  n1: {role: control-plane}
  n2:
    role: worker
    labels: {disk: ssd}
    taints: ["gpu=yes:NoSchedule"]
"""
HOSTS = hosts({"n1": "prod", "n2": "prod"})
ZONE = {ZONE_LABEL: "a"}


def wanted(text):
    return ApplySchema().load(read_file(text, "prod"))


def rows(text, cluster, known=HOSTS):
    return list(differences(wanted(text), "prod", cluster, known))


def told(text, cluster):
    return [(row.what, row.now, row.wanted, row.by) for row in rows(text, cluster)]


@pytest.mark.parametrize(
    ("before", "after", "line", "says"),
    [
        ("clusterwright/v1", "v9", 1, "write apiVersion: clusterwright/v1"),
        ("name: prod", "name: dev", 2, "cannot use the file for prod: it is of dev"),
        ("channel: 1.32/stable", "chanel: 1.32/stable", 4, "did you mean channel?"),
        ("1.32/stable", "1.32/nightly", 4, "a channel is track/risk"),
        ("role: worker", "role: wroker", 9, "must be one of"),
        ("labels:", "label:", 10, "did you mean labels?"),
        ("{disk: ssd}", "{disk: yes}", 10, 'write "yes"'),
        ("gpu=yes:NoSchedule", "gpu", 11, "a taint is key=value:Effect"),
        ("role: control-plane", "role: worker", 6, "without a control plane node"),
        ("n2:", "n1:", 8, "twice"),
        ("channel: 1.32/stable", "channel: 1.30", 4, "cannot use 1.30: YAML reads it as a number"),
        ("channel: 1.32/stable", "channel:", 4, "cannot use channel with nothing behind it"),
        ("{disk: ssd}", "{disk: 1.10}", 10, 'write "1.10"'),
        ("{disk: ssd}", "[disk]", 10, "cannot use labels: names with values are wanted"),
        ("{disk: ssd}", "{~: ssd}", 10, "cannot use ~: YAML reads it as nothing"),
        ("n2:", "12:", 8, 'cannot use 12: YAML reads it as a number; write "12"'),
        ("n2:", "? [n2]\n  :", 8, "cannot use this as a name: a text is wanted"),
        ("role: worker", "<<: {role: worker}", 9, "cannot use << here: write out"),
        ("role: worker", "x: {}", 8, "cannot leave role out"),
        ("[rbac]", "rbac", 5, "cannot use addons: a list is wanted"),
        ("[rbac]", "[dns: 10.0.0.1]", 5, "cannot use this entry: a text is wanted"),
        ("[rbac]", "[core/rbac, rbac]", 5, "cannot have both core/rbac and rbac"),
        ("[rbac]", "[rbac, rbac]", 5, "cannot have both rbac and rbac"),
        ("hosts:", "---\nhosts:", 6, "a second document begins here"),
    ],
)
def test_each_fault_is_told_at_its_line(before, after, line, says):
    with pytest.raises(FileFaults) as caught:
        read_file(FILE.replace(before, after), "prod")

    found = [(fault.line, fault.detail) for fault in caught.value.faults]
    assert any(at == line and says in detail for at, detail in found), found


@pytest.mark.parametrize(
    "text", ["", "a", "- a\n", "hosts: 3\n", "name: prod\nhosts: {n1: 3}\n", "{"]
)
def test_what_is_no_file_of_a_cluster_is_refused_and_not_a_crash(text):
    with pytest.raises(FileFaults, match="cannot use the cluster's file"):
        read_file(text, "prod")


@given(st.text(max_size=60), st.integers(0, len(FILE)))
def test_no_text_makes_reading_crash(text, place):
    assert all(line >= 1 for line in faulty_lines(FILE[:place] + text + FILE[place:]))


def faulty_lines(text):
    try:
        read_file(text, "prod")
    except FileFaults as refused:
        return [fault.line for fault in refused.faults]
    return []


def there(**params):
    given = {"control_plane": ["n1"], "workers": ["n2"], "addons": ["rbac"]}
    marks = {"labels": {"n2": {"disk": "ssd"}}, "taints": {"n2": ["gpu=yes:NoSchedule"]}}
    return formed("prod", given | marks | params)


@pytest.mark.parametrize("value", ["1e3", "12e4567", "0o17", "1E5", "1.10", "no"])
def test_what_an_editor_reads_as_a_number_is_written_in_quotes(value):
    text = file_text(there(labels={"n2": {"commit": value}}), HOSTS)

    assert f"commit: '{value}'" in text
    assert wanted(text).labels["n2"]["commit"] == value


def test_a_cluster_as_the_file_has_it_differs_in_nothing():
    assert told(FILE, there()) == []


def test_a_cluster_that_is_not_there_is_one_row():
    assert told(FILE, None) == [
        ("cluster prod", "-", "2 nodes at 1.32/stable", "create-cluster"),
    ]


def test_each_difference_tells_now_wanted_and_the_kind_of_change():
    text = FILE.replace("rbac", "ingress").replace("ssd", "hdd").replace("1.32", "1.33")
    text = text.replace("environment: dev", "environment: prod") + "  n3: {role: worker}\n"

    assert told(text, there()) == [
        ("environment", "dev", "prod", ""),
        ("node n3", "-", "worker", "add-nodes"),
        ("node n2 label disk", "ssd", "hdd", "label-nodes"),
        ("addon ingress", "-", "ingress", "set-addons"),
        ("addon rbac", "rbac", "-", "set-addons"),
        ("channel", "1.32/stable", "1.33/stable", "upgrade"),
    ]


def test_what_goes_only_with_prune_says_so():
    text = FILE.partition("  n2:")[0]

    assert [(row.what, row.by, row.needs_prune) for row in rows(text, there())] == [
        ("node n2", "remove-node", True)
    ]


def test_another_address_or_key_than_that_of_the_inventory_is_a_difference_that_no_change_mends():
    text = FILE.replace("{role: control-plane}", "{role: control-plane, address: 10.9.9.9}")

    assert told(text, there()) == [("host n1 address", "10.0.0.1", "10.9.9.9", "")]
    assert HOST_KEY in file_text(there(), HOSTS)


def seen(**fields):
    cluster = there()
    nodes = [
        SeenNode(
            **{
                "host": host,
                "name": host,
                "role": str(node.role),
                "ready": True,
                "version": "v1.32.3",
                "labels": node.labels,
                "taints": node.taints,
                **(fields if host == "n2" else {}),
            }
        )
        for host, node in cluster.nodes.items()
    ]
    return replace(cluster, observation=Observation(1.0, ("n1",), True, (), tuple(nodes)))


@pytest.mark.parametrize(
    ("fields", "row", "by"),
    [
        ({"labels": ZONE}, ("node n2 label disk", "-", "ssd"), "label-nodes"),
        (
            {"labels": ZONE | {"disk": "hdd"}},
            ("node n2 label disk", "hdd", "ssd"),
            "label-nodes",
        ),
        ({"taints": ()}, ("node n2 taint", "-", "gpu=yes:NoSchedule"), "label-nodes"),
        ({"ready": False}, ("node n2", "not Ready", "Ready"), ""),
        ({"version": "v1.31.7"}, ("node n2 version", "v1.31.7", "1.32/stable"), ""),
        ({"role": "control-plane"}, ("node n2", "control-plane", "worker"), ""),
        ({"host": "n5"}, ("node n2", "not listed", "worker"), ""),
    ],
)
def test_what_was_seen_otherwise_than_recorded_is_told_as_such(fields, row, by):
    (found,) = rows(FILE, seen(**fields))

    assert (found.what, found.now, found.wanted) == row
    assert (found.is_seen, found.by) == (True, by)
    assert rows(FILE, seen()) == []
