"""The quorum guard is asked of every step of a plan, each after those before it."""

from dataclasses import replace

import pytest
from kind_worlds import formed, plan_of

from cluster.findings import Severity
from cluster.observation import Observation, SeenMember
from cluster.quorum import DqliteRole, Operation
from workflows import margins
from workflows.kinds import KINDS
from workflows.plan import Basis, Guard, Scope, Step

V, B, P = DqliteRole.VOTER, DqliteRole.STANDBY, DqliteRole.SPARE
ADD, DESTROY = KINDS["add-nodes"], KINDS["destroy-cluster"]
MARGIN_CODES = {"quorum-would-be-lost", "roles-not-settled"}


def seen(cluster, *roles, leader="n1", dead=(), has_leader=True):
    """The cluster as it was seen with these roles, on n1 and so on."""
    rows = tuple(
        SeenMember(host, f"10.0.0.{place}:19001", role, host not in dead, leader=host == leader)
        for place, role in enumerate(roles, start=1)
        for host in [f"n{place}"]
    )
    return replace(cluster, observation=Observation(1.0, ("n1",), has_leader, rows, None))


def prod(*nodes, workers=()):
    return formed("prod", {"control_plane": list(nodes), "workers": list(workers)})


def found(plan):
    return [row for row in plan.findings if row.code in MARGIN_CODES]


def margins_of(plan):
    return [step.quorum_during for step in plan.steps]


def during(plan):
    return [
        (step.quorum_during.voters_alive, step.quorum_during.voters)
        for step in plan.steps
        if step.quorum_during
    ]


def stopping(*hosts):
    """A step that stops members for a while, as kinds that restart nodes have."""
    control_plane = ("n1", "n2", "n3")
    guard = Guard(Operation.STOP, hosts, control_plane)
    return Step("observe", f"Restart {', '.join(hosts)}", hosts, {}, guard=guard)


def judged(cluster, *steps, behind=()):
    scope = Scope("prod", cluster, {}, record=cluster, basis=Basis(behind=behind))
    return margins.with_margins(steps, scope, ())


@pytest.mark.parametrize("leader", ["n1", "n2", "n3"])
def test_a_healthy_cluster_is_destroyed_down_to_its_last_member_whoever_leads(leader):
    plan = plan_of(
        DESTROY, "prod", {"confirm": "prod"}, seen(prod("n1", "n2", "n3"), V, V, V, leader=leader)
    )

    assert found(plan) == []
    assert during(plan) == [(2, 3), (1, 1)]


def test_where_nobody_is_known_to_lead_the_seed_is_taken_for_the_leader_as_the_kind_does():
    cluster = seen(prod("n1", "n2", "n3"), V, V, V, leader="")
    sight = replace(cluster.observation, members=cluster.observation.members[::-1])

    plan = plan_of(DESTROY, "prod", {"confirm": "prod"}, replace(cluster, observation=sight))

    assert found(plan) == []


def test_a_cluster_that_nobody_saw_is_reckoned_as_its_record_says():
    plan = plan_of(DESTROY, "prod", {"confirm": "prod"}, prod("n1", "n2", "n3"))

    assert found(plan) == []
    assert during(plan) == [(2, 3), (1, 1)]


def test_the_only_voter_of_two_that_is_to_leave_is_refused_with_numbers_and_advice():
    cluster = seen(prod("n1", "n2", "n3"), P, V, leader="")

    [refusal] = found(plan_of(DESTROY, "prod", {"confirm": "prod"}, cluster))

    assert (refusal.code, refusal.severity) == ("quorum-would-be-lost", Severity.REFUSE)
    assert refusal.message.startswith("cannot remove n2: 0 of 1 voters would remain alive")
    assert "step 'Take n2 out of cluster prod', rule quorum-would-be-lost" in refusal.message
    assert (refusal.measured, refusal.needed, refusal.acceptable) == (0, 1, False)
    assert refusal.advice == "remove n1 first, or add a control plane node first"


def test_roles_that_have_not_settled_are_a_warning_when_nodes_are_to_join():
    cluster = seen(prod("n1", "n2", "n3"), V, P, P)

    plan = plan_of(ADD, "prod", {"control_plane": ["n4"]}, cluster)

    [warning] = found(plan)
    assert (warning.code, warning.severity) == ("roles-not-settled", Severity.WARN)
    assert "the previous join has not settled (1 of 3 voters)" in warning.message
    assert plan.refusals(frozenset()) == ()
    assert during(plan) == [(3, 3)]


def test_a_dead_member_and_a_lost_leader_are_told_once():
    for cluster in (
        seen(prod("n1", "n2", "n3"), V, V, V, dead=("n3",)),
        seen(prod("n1", "n2", "n3"), V, V, V, has_leader=False),
    ):
        plan = plan_of(ADD, "prod", {"control_plane": ["n4"]}, cluster)

        assert found(plan) == []
        assert len(plan.refusals(frozenset())) == 1


def test_what_was_seen_changes_no_digest():
    params = {"control_plane": ["n5"]}
    other = plan_of(ADD, "prod", params, seen(prod("n1", "n2", "n3"), V, V, V, B))
    unseen = plan_of(ADD, "prod", params, prod("n1", "n2", "n3"))

    assert margins_of(other) != margins_of(unseen)
    assert other.digest == unseen.digest
    assert other.difference(unseen.outline) == ()


def test_members_that_are_restarted_one_after_the_other_are_back_before_the_next():
    cluster = seen(prod("n1", "n2", "n3"), V, V, V)

    steps, findings = judged(cluster, stopping("n1"), stopping("n2"), stopping("n3"))

    assert findings == ()
    assert [step.quorum_during.tolerance for step in steps] == [0, 0, 0]


def test_two_members_that_are_stopped_at_once_are_refused_by_the_rule():
    cluster = seen(prod("n1", "n2", "n3"), V, V, V)

    [step], [refusal] = judged(cluster, stopping("n1", "n2"))

    assert "cannot stop n2: n1 is listed as a member but does not answer" in refusal.message
    assert "rule others-down" in refusal.message
    assert step.quorum_during.tolerance == -1


def test_where_every_voter_is_left_out_the_members_are_those_that_the_step_expects():
    plan = plan_of(ADD, "prod", {"control_plane": ["n2", "n3"]}, seen(prod("n1"), P, leader=""))

    assert found(plan) == []
    assert during(plan) == [(1, 1), (1, 1)]


def test_behind_other_jobs_the_members_are_those_that_the_step_expects():
    cluster = seen(prod("n1", "n2", "n3"), V, V, V, dead=("n2",))

    assert judged(cluster, stopping("n1"))[1]
    assert not judged(cluster, stopping("n1"), behind=("j1",))[1]
