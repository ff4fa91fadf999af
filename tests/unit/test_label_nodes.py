"""Planning ``label-nodes``: what a node cannot have is refused, what empties it is told."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kind_worlds import hosts
from marshmallow import ValidationError

from cluster.names import LABEL_KEY, TAINT
from cluster.observation import Observation, SeenMember
from cluster.quorum import DqliteRole
from cluster.spec import DEDICATED_TAINT, ZONE_LABEL, Cluster, Environment, Node, Role
from workflows.kinds import KINDS
from workflows.plan import Change, Scope
from workflows.planner import normalised, planned

PARTS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)


def there(*, leads=True, taints=()):
    nodes = {
        "n1": Node("n1", Role.CONTROL_PLANE, "1.32/stable"),
        "n2": Node("n2", Role.WORKER, "1.32/stable", {}, tuple(taints)),
    }
    members = (SeenMember("n1", "10.0.0.1:19001", DqliteRole.VOTER, leads, leads),)
    seen = Observation(1_800_000_000.0, ("n1",), leads, members, None)
    return Cluster("prod", Environment.DEV, nodes, observation=seen)


def plan(cluster, **params):
    change = Change("prod", "label-nodes", normalised(KINDS["label-nodes"], params))
    known = hosts(dict.fromkeys(cluster.nodes, "prod"))
    return planned(KINDS["label-nodes"], change, Scope("prod", cluster, known, record=cluster))


def faults(**params):
    with pytest.raises(ValidationError) as refused:
        normalised(KINDS["label-nodes"], params)
    return refused.value.messages


def codes(story):
    return [finding.code for finding in story.findings]


@pytest.mark.parametrize("prefix", ["a..b", "a-.b", ".a", "a.", "-a", "a.-b", "A", "a" * 64, "a_b"])
def test_a_prefix_that_is_no_dns_name_is_refused_in_labels_and_taints(prefix):
    assert "n1" in faults(labels={"n1": {f"{prefix}/x": "1"}})["labels"]
    assert "n1" in faults(unlabel={"n1": [f"{prefix}/x"]})["unlabel"]
    assert "n1" in faults(taints={"n1": [f"{prefix}/x=1:NoSchedule"]})["taints"]
    assert "n1" in faults(untaint={"n1": [f"{prefix}/x:NoSchedule"]})["untaint"]


def test_a_prefix_has_253_characters_at_most():
    longest = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])

    assert LABEL_KEY.fullmatch(f"{longest}/x")
    assert not LABEL_KEY.fullmatch(f"{longest}d/x")


@given(st.lists(PARTS, min_size=1, max_size=6), st.booleans())
def test_every_dns_name_of_up_to_253_characters_is_taken(parts, tainted):
    key = ".".join(parts) + "/x"

    assert LABEL_KEY.fullmatch(key)
    assert TAINT.fullmatch(f"{key}={'1' if tainted else ''}:NoExecute")


def test_two_taints_of_one_key_and_effect_are_refused_as_the_node_keeps_one():
    [text] = faults(taints={"n1": ["a=b:NoSchedule", "a=c:NoSchedule"]})["taints"]["n1"]["value"]

    assert text.startswith("cannot give a node both a=b:NoSchedule and a=c:NoSchedule")
    assert plan(there(), taints={"n1": ["a=b:NoSchedule", "a=b:NoExecute"]}).steps


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"labels": {"n1": {"a": "b"}}, "unlabel": {"n1": ["a"]}}, "unlabel"),
        ({"taints": {"n1": ["a=b:NoSchedule"]}, "untaint": {"n1": ["a:NoSchedule"]}}, "untaint"),
        ({"zones": {"n1": "a"}, "labels": {"n1": {ZONE_LABEL: "b"}}}, "zones"),
        ({"zones": {"n1": "a"}, "unlabel": {"n1": [ZONE_LABEL]}}, "zones"),
        ({"dedicated": False, "taints": {"n1": [DEDICATED_TAINT]}}, "taints"),
        (
            {
                "dedicated": True,
                "untaint": {"n1": ["node-role.kubernetes.io/control-plane:NoSchedule"]},
            },
            "untaint",
        ),
    ],
)
def test_what_is_asked_for_and_taken_back_at_once_is_refused_at_its_node(params, field):
    assert list(faults(**params)) == [field]
    assert list(faults(**params)[field]) == ["n1"]


def test_the_same_name_on_two_nodes_is_no_contradiction():
    assert plan(there(), labels={"n1": {"a": "b"}}, unlabel={"n2": ["a"]}).steps


def test_taints_that_leave_workloads_no_node_are_told():
    both = {"n1": ["a=b:NoExecute"], "n2": ["a=b:NoExecute"]}

    assert codes(plan(there(), taints=both)) == ["no-node-takes-workloads"]
    assert codes(plan(there(), taints={"n1": both["n1"]})) == []
    assert codes(plan(there(taints=both["n2"]), dedicated=True)) == ["no-node-takes-workloads"]
    assert codes(plan(there(taints=both["n2"]), labels={"n1": {"a": "b"}})) == []


def test_a_datastore_without_a_leader_takes_no_label():
    story = plan(there(leads=False), labels={"n1": {"a": "b"}})

    assert [row.code for row in story.refusals(frozenset())] == ["no-leader-seen"]
    nothing = replace(there(leads=False))
    assert codes(plan(nothing, unlabel={"n1": ["never-set"]})) == []
