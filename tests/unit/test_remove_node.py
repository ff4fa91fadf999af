"""Planning a ``remove-node`` change: state in, plan out."""

from dataclasses import replace

import pytest
from kind_worlds import hosts

from cluster.actions import Action
from cluster.observation import Observation, SeenMember, SeenNode
from cluster.quorum import DqliteRole
from cluster.spec import DEDICATED_TAINT, Cluster, Environment, Node, Role
from workflows.kinds.remove_node import KIND
from workflows.plan import Change, Scope
from workflows.planner import planned as plan

VOTER, SPARE = DqliteRole.VOTER, DqliteRole.SPARE


def cluster(*, control_plane=3, workers=0, environment=Environment.DEV, taints=(), seen=None):
    """A cluster of n1, n2, ...; ``taints`` are those of its control plane nodes."""
    names = [f"n{place}" for place in range(1, control_plane + workers + 1)]
    nodes = {
        name: Node(name, Role.CONTROL_PLANE, "1.32/stable", taints=tuple(taints))
        if place < control_plane
        else Node(name, Role.WORKER, "1.32/stable")
        for place, name in enumerate(names)
    }
    return Cluster("prod", environment, nodes, observation=seen)


def seen(there, *, dead=(), cordoned=(), roles=None, has_leader=True):
    """The cluster as it was seen, with these nodes dead."""
    members = tuple(
        SeenMember(name, f"{name}:19001", (roles or {}).get(name, VOTER), name not in dead)
        for name in there.control_plane
    )
    nodes = tuple(
        SeenNode(name, name, ready=name not in dead, schedulable=name not in cordoned)
        for name in there.nodes
    )
    return replace(
        there, observation=Observation(1.0, (there.control_plane[0],), has_leader, members, nodes)
    )


def planned(there, node, *, force=False, jumps=None):
    known = {
        name: replace(host, jump=(jumps or {}).get(name, ""))
        for name, host in hosts(dict.fromkeys(there.nodes, "prod")).items()
    }
    change = Change("prod", KIND.name, {"node": node, "force": force})
    return plan(KIND, change, Scope("prod", there, known, record=there))


def names(story):
    return [step.name for step in story.steps]


def refused(story, *accepted):
    return [finding.code for finding in story.refusals(frozenset(accepted))]


def codes(story):
    return [finding.code for finding in story.findings]


def test_a_node_is_emptied_before_it_leaves_and_its_host_is_freed_after_it():
    story = planned(cluster(workers=1), "n4")

    assert names(story) == [
        *("observe", "verify_quorum", "cordon_node", "drain_node", "leave_cluster"),
        *("uncordon_node", "verify_quorum", "remove_microk8s"),
    ]
    assert story.steps[-1].hosts == ("n4",)
    assert set(story.leaves.nodes) == {"n1", "n2", "n3"}
    assert story.findings == ()


def test_whatever_ends_the_job_before_the_node_has_left_it_is_uncordoned():
    story = planned(cluster(workers=1), "n4")

    opener, closing = (names(story).index(name) for name in ("cordon_node", "uncordon_node"))
    assert story.steps[closing].closes == "cordon_node"
    assert names(story)[opener + 1 : closing] == ["drain_node", "leave_cluster"]


def test_a_control_plane_node_is_guarded_and_another_one_is_its_seed():
    story = planned(cluster(), "n1")

    leave = next(step for step in story.steps if step.name == "leave_cluster")
    assert (leave.args["seed"], leave.guard.operation, leave.guard.hosts) == (
        "n2",
        "leave",
        ("n1",),
    )
    assert leave.guard.control_plane == ("n1", "n2", "n3")
    assert leave.quorum.voters == 1
    seeds = {step.args["seed"] for step in story.steps if "seed" in step.args}
    assert seeds == {"n2"}


def test_a_worker_leaves_without_a_guard_and_nobody_waits_for_roles():
    story = planned(cluster(workers=1), "n4")

    assert [step.guard for step in story.steps if step.guard] == []
    assert not any(step.args.get("settled") for step in story.steps)


@pytest.mark.parametrize("force", [False, True])
def test_where_a_member_went_its_change_ends_when_the_others_have_their_roles(force):
    story = planned(cluster(), "n3", force=force)

    [*_, last] = [step for step in story.steps if step.name == "verify_quorum"]
    assert last.args["settled"] is True


def test_a_dead_node_is_struck_off_by_one_that_answers_and_its_host_is_not_asked():
    story = planned(seen(cluster(), dead=["n1"]), "n1", force=True)

    assert names(story) == ["observe", "remove_dead_node", "verify_quorum"]
    removal, verify = story.steps[1:]
    assert removal.args == {"seed": "n2", "host": "n1"}
    assert removal.guard.control_plane == ("n2", "n3")
    assert verify.args["control_plane"] == ["n2", "n3"]
    assert codes(story) == ["two-control-planes-left", "hosts-kept"]
    assert refused(story) == []


def test_a_dead_worker_is_struck_off_without_a_guard():
    story = planned(seen(cluster(workers=1), dead=["n4"]), "n4", force=True)

    assert (story.steps[1].guard, codes(story)) == (None, ["hosts-kept"])


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("workers", [0, 1])
def test_the_last_control_plane_node_never_goes(workers, force):
    story = planned(cluster(control_plane=1, workers=workers), "n1", force=force)

    [found] = [row for row in story.findings if row.code == "last-control-plane"]
    assert "last-control-plane" in refused(story, "last-control-plane")
    assert found.field == "/params/node"
    assert Action.PLAN_CHANGE.of(kind="destroy-cluster", cluster="prod") in found.actions


@pytest.mark.parametrize(("force", "dead"), [(False, ()), (True, ("n3",))])
def test_prod_falls_below_three_control_plane_nodes_only_where_that_is_accepted(force, dead):
    there = seen(cluster(environment=Environment.PROD), dead=dead)

    story = planned(there, "n3", force=force)

    [found] = [row for row in story.findings if row.code == "prod-without-ha"]
    assert "without n3, environment prod has 2 control plane nodes" in found.message
    assert refused(story) == ["prod-without-ha"]
    assert refused(story, "prod-without-ha") == []


@pytest.mark.parametrize(
    ("environment", "control_plane", "found"),
    [
        (Environment.PROD, 4, []),
        (Environment.STAGING, 3, ["staging-without-ha", "two-control-planes-left"]),
        (Environment.DEV, 3, ["two-control-planes-left"]),
    ],
)
def test_what_an_environment_is_meant_to_have_is_said_and_no_more(
    environment, control_plane, found
):
    there = cluster(control_plane=control_plane, environment=environment)

    assert codes(planned(there, "n1")) == found


def test_a_worker_of_a_prod_cluster_that_is_small_anyway_just_goes():
    there = cluster(control_plane=1, workers=2, environment=Environment.PROD)

    assert codes(planned(there, "n3")) == []


def test_of_two_members_the_spare_goes_first():
    there = seen(cluster(control_plane=2), roles={"n2": SPARE})

    voter, spare = planned(there, "n1"), planned(there, "n2")

    [found] = [row for row in voter.findings if row.code == "quorum-would-be-lost"]
    assert found.advice.startswith("remove n2 first")
    assert refused(voter, "quorum-would-be-lost") == ["quorum-would-be-lost"]
    assert refused(spare) == []


@pytest.mark.parametrize(("node", "workers", "left"), [("n3", 0, ["node-dead"]), ("n4", 1, [])])
def test_a_node_that_did_not_answer_cannot_leave_by_itself(node, workers, left):
    """Of a worker that has begun to leave the same is seen, so there it can be accepted."""
    story = planned(seen(cluster(workers=workers), dead=[node]), node)

    found = next(row for row in story.findings if row.code == "node-dead")
    assert refused(story) == ["node-dead"]
    assert refused(story, "node-dead") == left
    assert "--force --wait" in found.advice


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(("node", "workers"), [("n3", 0), ("n4", 1)])
def test_a_node_that_is_listed_no_more_is_on_its_way_out_and_its_job_goes_on(node, workers, force):
    there = seen(cluster(workers=workers))
    rest = there.observation
    rest = replace(
        rest,
        members=tuple(row for row in rest.members if row.host != node),
        nodes=tuple(row for row in rest.nodes if row.host != node),
    )

    assert refused(planned(replace(there, observation=rest), node, force=force)) == []


def test_a_member_that_is_struck_off_and_a_node_still_goes_on_leaving():
    there = seen(cluster(), dead=["n3"])
    members = tuple(row for row in there.observation.members if row.host != "n3")
    half = replace(there, observation=replace(there.observation, members=members))

    assert refused(planned(half, "n3")) == []


@pytest.mark.parametrize(("node", "workers"), [("n3", 0), ("n4", 1)])
def test_a_node_that_answered_is_not_taken_out_as_dead(node, workers):
    story = planned(seen(cluster(workers=workers)), node, force=True)

    found = next(row for row in story.findings if row.code == "node-alive")
    assert refused(story, "node-alive") == ["node-alive"]
    assert found.advice.startswith("leave force out")
    assert found.field == "/params/force"


@pytest.mark.parametrize("force", [False, True])
def test_while_another_member_is_dead_nobody_goes(force):
    story = planned(seen(cluster(), dead=["n1", "n2"]), "n2", force=force)

    found = [row for row in story.findings if row.code == "dead-member-listed"]
    assert [row.host for row in found] == ["n1"]
    assert "dead-member-listed" in refused(story)


def test_without_a_leader_nobody_goes():
    story = planned(seen(cluster(), dead=["n2", "n3"], has_leader=False), "n3", force=True)

    assert "no-leader-seen" in refused(story)


@pytest.mark.parametrize(
    ("there", "node"),
    [
        (cluster(workers=1, taints=[DEDICATED_TAINT]), "n4"),
        (cluster(control_plane=1, workers=1, taints=["gpu=yes:NoExecute"]), "n2"),
        (seen(cluster(control_plane=1, workers=1), cordoned=["n1"]), "n2"),
        (seen(cluster(control_plane=1, workers=2), cordoned=["n1"], dead=["n3"]), "n2"),
    ],
    ids=["the last worker of a separated cluster", "tainted", "cordoned", "not ready"],
)
def test_pods_that_find_no_other_node_have_to_be_accepted(there, node):
    story = planned(there, node)

    assert refused(story) == ["no-node-to-drain-to"]
    assert refused(story, "no-node-to-drain-to") == []


def test_the_last_worker_but_one_of_a_separated_cluster_goes_with_a_warning():
    story = planned(cluster(workers=2, taints=[DEDICATED_TAINT]), "n5")

    assert (codes(story), refused(story)) == (["one-worker"], [])


def test_a_dedicated_control_plane_node_has_no_pods_that_need_a_place():
    story = planned(cluster(taints=[DEDICATED_TAINT]), "n3")

    assert "no-node-to-drain-to" not in codes(story)


def test_a_dead_node_through_which_others_are_reached_keeps_its_place_until_they_have_a_way():
    there = seen(cluster(workers=1), dead=["n3"])

    story = planned(there, "n3", force=True, jumps={"n4": "n3"})

    found = next(row for row in story.findings if row.code == "jump-host-dead")
    assert found.actions == (Action.CHANGE_HOST.of(host="n4"),)
    assert refused(story) == ["jump-host-dead"]
    assert refused(planned(cluster(workers=1), "n3", jumps={"n4": "n3"})) == []


@pytest.mark.parametrize("addon", ["hostpath-storage", "storage", "core/hostpath-storage"])
def test_volumes_that_go_with_the_disk_of_a_node_have_to_be_accepted(addon):
    there = replace(cluster(workers=1), addons=("dns", addon))

    story = planned(there, "n4")

    assert refused(story) == ["volumes-on-host"]
    assert refused(story, "volumes-on-host") == []


def test_a_node_that_the_cluster_does_not_have_is_named():
    assert refused(planned(cluster(), "n9")) == ["no-such-node"]
