"""Planning a ``replace-node`` change: state in, plan out."""

from dataclasses import replace

import pytest
from kind_worlds import hosts

from cluster.actions import Action
from cluster.observation import Observation, SeenMember, SeenNode
from cluster.quorum import DqliteRole
from cluster.spec import ZONE_LABEL, Cluster, Environment, Node, Role
from workflows.kinds.replace_node import KIND
from workflows.plan import Change, Scope
from workflows.planner import planned as plan
from workflows.writes import DropNode, SetNode

VOTER = DqliteRole.VOTER
GPU = "gpu=yes:NoSchedule"


def cluster(*, control_plane=3, workers=0, environment=Environment.DEV, dead=(), leader=True):
    """A cluster of n1, n2, ... as it was seen, with some of its nodes dead."""
    names = [f"n{place}" for place in range(1, control_plane + workers + 1)]
    nodes = {
        name: Node(
            name, Role.CONTROL_PLANE if place < control_plane else Role.WORKER, "1.32/stable"
        )
        for place, name in enumerate(names)
    }
    there = Cluster("prod", environment, nodes)
    members = tuple(
        SeenMember(name, f"{name}:19001", VOTER, name not in dead) for name in there.control_plane
    )
    seen = tuple(SeenNode(name, name, ready=name not in dead) for name in names)
    return replace(there, observation=Observation(1.0, ("n1",), leader, members, seen))


def with_marks(there, name, labels, taints=()):
    node = replace(there.nodes[name], labels=labels, taints=tuple(taints))
    return replace(there, nodes={**there.nodes, name: node})


def planned(there, node, by="n5", **changed):
    """Plan the change; ``changed`` says how the records of some hosts differ."""
    known = {
        name: replace(host, **{"zone": ""} | changed.get(name, {}))
        for name, host in hosts(dict.fromkeys(there.nodes, "prod")).items()
    }
    change = Change("prod", KIND.name, {"node": node, "by": by})
    return plan(KIND, change, Scope("prod", there, known, record=there))


def names(story):
    return [step.name for step in story.steps]


def step(story, name):
    return next(row for row in story.steps if row.name == name)


def found(story, code):
    return next(row for row in story.findings if row.code == code)


def codes(story):
    return [finding.code for finding in story.findings]


def refused(story):
    return [finding.code for finding in story.refusals(frozenset())]


def test_a_new_host_is_made_fit_before_the_dead_node_is_struck_off_and_joins_after_that():
    story = planned(cluster(dead=["n3"]), "n3")

    assert names(story) == [
        *("observe", "preflight", "prepare_hosts", "install_microk8s"),
        *("remove_dead_node", "join_control_plane", "verify_quorum"),
    ]
    assert refused(story) == []
    assert codes(story) == ["hosts-kept"]
    assert (set(story.leaves.nodes), story.reserves) == ({"n1", "n2", "n5"}, ("n5",))


def test_the_record_loses_the_dead_node_with_its_removal_and_has_the_new_one_with_its_join():
    story = planned(cluster(dead=["n3"]), "n3")

    writes = [write for row in story.steps for write in row.writes]

    assert writes == [
        DropNode("n3"),
        SetNode(Node("n5", Role.CONTROL_PLANE, "1.32/stable")),
    ]


def test_both_changes_of_members_are_guarded_by_those_that_stay():
    story = planned(cluster(dead=["n1"]), "n1")

    removal, join = step(story, "remove_dead_node"), step(story, "join_control_plane")

    assert (removal.guard.operation, removal.guard.hosts) == ("remove", ("n1",))
    assert (join.guard.operation, join.guard.hosts) == ("join", ("n5",))
    assert removal.guard.control_plane == join.guard.control_plane == ("n2", "n3")
    assert {row.args["seed"] for row in (removal, join)} == {"n2"}
    assert join.args["expected_members"] == 3


def test_its_end_is_verified_without_the_dead_node_and_with_every_role_handed_out():
    last = planned(cluster(workers=1, dead=["n3"]), "n3").steps[-1]

    assert last.args["control_plane"] == ["n1", "n2", "n5"]
    assert last.args["workers"] == ["n4"]
    assert last.args["settled"] is True


def test_a_dead_worker_is_replaced_by_a_worker_and_nobody_is_guarded():
    story = planned(cluster(workers=1, dead=["n4"]), "n4")

    assert names(story)[4:] == ["remove_dead_node", "join_workers", "verify_quorum"]
    assert step(story, "preflight").args["roles"] == {"n5": "worker"}
    assert [row.name for row in story.steps if row.guard] == []
    assert "settled" not in story.steps[-1].args


def test_labels_and_taints_of_the_dead_node_are_given_to_the_new_one():
    there = with_marks(cluster(dead=["n3"]), "n3", {"disk": "ssd", ZONE_LABEL: "a"}, [GPU])

    story = planned(there, "n3", n5={"labels": {"disk": "hdd", "rack": "7"}})

    labelled = step(story, "label_nodes")
    assert labelled.args["labels"] == {"n5": {"disk": "ssd", "rack": "7", ZONE_LABEL: "a"}}
    assert labelled.args["taints"] == {"n5": [GPU]}
    assert story.leaves.nodes["n5"].taints == (GPU,)
    assert codes(story) == ["hosts-kept"]


def test_a_new_host_that_stands_in_another_zone_is_labelled_so_and_that_is_told():
    there = with_marks(cluster(dead=["n3"]), "n3", {ZONE_LABEL: "a"})

    story = planned(there, "n3", n5={"zone": "b"})

    assert story.leaves.nodes["n5"].labels == {ZONE_LABEL: "b"}
    told = found(story, "replacement-zone-differs").message
    assert told == "n3 stood in zone a, and n5 stands in zone b"
    assert refused(story) == []


@pytest.mark.parametrize(("node", "workers"), [("n3", 0), ("n4", 1)])
def test_a_node_that_answered_is_not_replaced(node, workers):
    story = planned(cluster(workers=workers), node)

    assert refused(story) == ["node-alive"]
    assert found(story, "node-alive").field == "/params/node"
    assert "remove-node" in found(story, "node-alive").advice


def test_of_the_only_control_plane_node_nothing_is_left_to_join():
    story = planned(cluster(control_plane=1, workers=1, dead=["n1"]), "n1")

    assert names(story) == ["observe"]
    assert refused(story) == ["last-control-plane"]
    assert "forget the cluster" in found(story, "last-control-plane").advice


def test_a_worker_beside_the_only_control_plane_node_is_replaced():
    assert refused(planned(cluster(control_plane=1, workers=1, dead=["n2"]), "n2")) == []


def test_while_another_member_is_dead_nobody_is_replaced():
    story = planned(cluster(dead=["n2", "n3"], leader=False), "n3")

    assert {"dead-member-listed", "no-leader-seen"} <= set(refused(story))


def test_a_dead_node_cannot_take_its_own_place_and_is_told_how_it_comes_back():
    story = planned(cluster(dead=["n3"]), "n3", "n3")

    refusal = found(story, "replacement-is-node")
    assert refused(story) == ["replacement-is-node"]
    assert "clusterwright change remove-node prod --node n3 --force" in refusal.advice
    assert Action.REPIN_HOST.of(host="n3") in refusal.actions
    assert story.reserves == ()


def test_another_node_of_the_cluster_cannot_take_its_place_too():
    assert refused(planned(cluster(workers=1, dead=["n3"]), "n3", "n4")) == ["replacement-is-node"]


@pytest.mark.parametrize("dead", [{}, {"address": "10.9.9.9", "node_address": "10.0.0.5"}])
def test_a_host_with_the_address_of_the_dead_node_takes_two_changes(dead):
    fresh = {} if dead else {"node_address": "10.0.0.3"}

    story = planned(cluster(dead=["n3"]), "n3", n3=dead, n5=fresh)

    refusal = found(story, "replacement-address-taken")
    assert refused(story) == ["replacement-address-taken"]
    assert (refusal.host, refusal.field) == ("n5", "/params/by")
    assert "add n5 with add-nodes" in refusal.advice


def test_the_address_of_a_node_that_stays_is_no_place_for_a_new_one():
    story = planned(cluster(dead=["n3"]), "n3", n5={"node_address": "10.0.0.1"})

    assert found(story, "node-address-duplicate").field == "/params/by"


def test_a_host_whose_jump_host_is_unknown_is_not_joined():
    assert refused(planned(cluster(dead=["n3"]), "n3", n5={"jump": "n9"})) == ["unknown-jump"]


def test_nodes_behind_the_dead_one_need_another_way_first():
    story = planned(cluster(workers=1, dead=["n3"]), "n3", n4={"jump": "n3"})

    assert refused(story) == ["jump-host-dead"]


def test_a_prod_cluster_that_has_three_again_afterwards_needs_no_acceptance():
    assert refused(planned(cluster(environment=Environment.PROD, dead=["n3"]), "n3")) == []


def test_a_host_that_nobody_knows_is_refused():
    assert refused(planned(cluster(dead=["n3"]), "n3", "n9")) == ["unknown-host"]
