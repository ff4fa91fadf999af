"""Planning a ``maintain``: state in, plan out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kind_worlds import hosts

from cluster.observation import Observation, SeenMember, SeenNode
from cluster.quorum import DqliteRole, Operation
from cluster.spec import DEDICATED_TAINT, Cluster, Environment, Node, Role
from workflows.kinds.maintain import KIND
from workflows.plan import Change, Scope
from workflows.planner import planned as plan


def cluster(*, members=3, workers=0, taints=()):
    """A cluster of n1, n2, ...: control plane nodes first."""
    nodes = {}
    for place in range(1, members + workers + 1):
        name, role = f"n{place}", Role.CONTROL_PLANE if place <= members else Role.WORKER
        kept_off = tuple(taints) if role is Role.CONTROL_PLANE else ()
        nodes[name] = Node(name, role, "1.32/stable", taints=kept_off)
    return Cluster("prod", Environment.PROD, nodes)


def seen(there, *, leader="n1", dead=()):
    members = tuple(
        SeenMember(name, f"{name}:19001", DqliteRole.VOTER, name not in dead, name == leader)
        for name in there.control_plane
    )
    rows = tuple(
        SeenNode(name, name, ready=name not in dead, schedulable=True, version="v1.32.3")
        for name in there.nodes
    )
    return replace(there, observation=Observation(1.0, ("n1",), True, members, rows))


def planned(there, **params):
    known = hosts(dict.fromkeys(there.nodes, "prod"))
    return plan(KIND, Change("prod", KIND.name, params), Scope("prod", there, known, record=there))


def rebooted(story):
    return [" ".join(step.hosts) for step in story.steps if step.name == "reboot_hosts"]


def codes(story):
    return [finding.code for finding in story.findings]


def refused(story):
    return [finding.code for finding in story.refusals(frozenset())]


def test_the_control_plane_goes_first_one_by_one_its_leader_last_and_then_the_workers():
    story = planned(seen(cluster(workers=2), leader="n2"), max_unavailable=2)

    assert rebooted(story) == ["n1", "n3", "n2", "n4 n5"]
    assert refused(story) == []


def test_each_node_is_emptied_rebooted_and_let_back_in_and_the_cluster_verified_after_it():
    story = planned(cluster(), packages=True)

    assert [step.name for step in story.steps[:8]] == [
        *("observe", "verify_quorum", "cordon_node", "drain_node"),
        *("upgrade_packages", "reboot_hosts", "uncordon_node", "verify_quorum"),
    ]
    assert story.steps[6].closes == "cordon_node"
    gates = [step for step in story.steps if step.name == "verify_quorum"]
    assert len(gates) == 4
    assert all(step.args["settled"] for step in gates)
    assert story.steps[-1] is gates[-1]


def test_a_control_plane_node_is_guarded_and_another_one_sees_it_come_back():
    story = planned(cluster(workers=1))

    first, *_, last = (step for step in story.steps if step.name == "reboot_hosts")
    assert first.guard.operation is Operation.STOP
    assert (first.guard.hosts, first.guard.control_plane) == (("n1",), ("n1", "n2", "n3"))
    assert (first.args["seed"], first.args["is_member"]) == ("n2", True)
    assert (last.hosts, last.guard, last.args["is_member"]) == (("n4",), None, False)


def test_only_the_nodes_that_are_named_are_maintained_in_the_order_of_the_cluster():
    story = planned(seen(cluster(workers=2), leader="n1"), nodes=["n5", "n1", "n2", "n5"])

    assert rebooted(story) == ["n2", "n1", "n5"]


def test_a_name_that_is_no_node_is_refused_at_its_place():
    story = planned(cluster(), nodes=["n1", "n5"])

    assert [row.field for row in story.refusals(frozenset())] == ["/params/nodes/1"]


def test_packages_alone_reboot_nothing_and_need_no_guard():
    story = planned(cluster(members=1), reboot=False, packages=True)

    assert [step.name for step in story.steps] == [
        *("observe", "verify_quorum", "upgrade_packages", "verify_quorum"),
    ]
    assert (codes(story), [step.guard for step in story.steps]) == ([], [None] * 4)


def test_neither_a_reboot_nor_packages_is_refused_with_the_field_named():
    errors = KIND.schema().validate({"reboot": False})

    assert list(errors) == ["reboot"]
    assert "cannot maintain nodes with nothing to do" in errors["reboot"][0]


def test_nodes_that_are_not_to_be_drained_are_not_cordoned_either():
    story = planned(cluster(workers=1), drain=False)

    assert {step.name for step in story.steps} == {"observe", "verify_quorum", "reboot_hosts"}


@pytest.mark.parametrize("members", [1, 2])
def test_below_three_control_plane_nodes_the_api_is_away_meanwhile_and_there_is_no_guard(members):
    story = planned(cluster(members=members, workers=1))

    [found] = [row for row in story.findings if row.code == "api-away"]
    assert found.message.endswith("API and datastore are away while a control plane node reboots")
    assert found.field == "/params/reboot"
    assert {step.guard for step in story.steps} == {None}


def test_the_api_stays_where_workers_alone_are_rebooted():
    assert codes(planned(cluster(members=1, workers=2), nodes=["n2"])) == []


def test_a_member_that_does_not_answer_comes_first():
    story = planned(seen(cluster(), dead=("n3",)))

    assert "dead-member-listed" in refused(story)


def test_workers_that_leave_their_pods_no_place_when_they_are_away_at_once_are_refused():
    there = cluster(members=3, workers=2, taints=[DEDICATED_TAINT])

    assert refused(planned(there, max_unavailable=2)) == ["no-node-to-drain-to"]
    assert refused(planned(there, max_unavailable=1)) == []
    assert refused(planned(there, max_unavailable=2, drain=False)) == []


@given(st.integers(1, 3), st.integers(0, 2), st.integers(1, 3), st.sampled_from(["n1", "n2"]))
def test_every_node_reboots_once_and_members_never_two_at_a_time(
    members, workers, max_unavailable, leader
):
    there = seen(cluster(members=members, workers=workers), leader=leader)

    groups = [group.split() for group in rebooted(planned(there, max_unavailable=max_unavailable))]

    assert sorted(host for group in groups for host in group) == sorted(there.nodes)
    assert all(len(group) <= max_unavailable for group in groups)
    assert all(len(group) == 1 for group in groups if set(group) & set(there.control_plane))
