"""Planning an ``add-nodes`` change for hosts of which some are nodes of the cluster already."""

import pytest
from kind_worlds import hosts

from cluster.findings import Severity
from cluster.spec import Cluster, Environment, Node, Role
from workflows.kinds.add_nodes import KIND
from workflows.plan import Change, Scope
from workflows.planner import normalised, planned

THERE = Cluster(
    "prod",
    Environment.DEV,
    {
        "n1": Node("n1", Role.CONTROL_PLANE, "1.32/stable"),
        "n2": Node("n2", Role.WORKER, "1.32/stable"),
    },
)


def asked(**params):
    change = Change("prod", KIND.name, normalised(KIND, params))
    return planned(KIND, change, Scope("prod", THERE, hosts({"n1": "prod", "n2": "prod"})))


@pytest.mark.parametrize(
    ("params", "told"),
    [
        (
            {"workers": ["n1", "n3"]},
            "n1 is a control-plane node of cluster prod, and cannot become a worker node: a node "
            "keeps its role as long as it is one",
        ),
        (
            {"control_plane": ["n2"]},
            "n2 is a worker node of cluster prod, and cannot become a control-plane node: a node "
            "keeps its role as long as it is one",
        ),
    ],
    ids=["a control plane node as worker", "a worker as control plane node"],
)
def test_a_node_that_is_to_be_added_in_the_other_role_is_refused(params, told):
    story = asked(**params)

    [refused] = story.refusals(frozenset())
    assert (refused.code, refused.message) == ("role-differs", told)
    assert f"/params/{next(iter(params))}" == refused.field
    assert f"clusterwright change remove-node prod --node {refused.host}" in refused.advice


def test_a_node_that_is_to_be_added_in_the_role_that_it_has_is_left_as_it_is_and_said_to_be():
    story = asked(workers=["n2", "n3"])

    assert [f.message for f in story.findings if f.code == "node-already"] == [
        "n2 is a worker node of cluster prod already: it is left as it is"
    ]
    assert not story.refusals(frozenset())
    assert next(step for step in story.steps if step.name == "join_workers").hosts == ("n3",)


def test_nothing_is_done_to_a_cluster_that_has_every_node_already():
    story = asked(control_plane=["n1"], workers=["n2"])

    assert {f.host for f in story.findings if f.code == "node-already"} == {"n1", "n2"}
    assert {f.severity for f in story.findings} == {Severity.INFO}
    assert {step.name for step in story.steps} <= {"observe"}
