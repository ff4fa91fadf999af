"""Planning a ``drill``: which node is stopped, what is refused, and that it comes back."""

from dataclasses import replace

import pytest
from kind_worlds import hosts
from marshmallow import ValidationError

from cluster.findings import refusal
from cluster.observation import Observation, SeenMember, SeenNode
from cluster.quorum import DqliteRole, Operation
from cluster.spec import DEDICATED_TAINT, Cluster, Environment, Node, Role
from workflows.host_sentences import changes
from workflows.kinds.drill import KIND
from workflows.plan import Change, Scope
from workflows.planner import normalised
from workflows.planner import planned as plan


def cluster(*, members=3, workers=0, taints=(), environment=Environment.STAGING):
    """A cluster of n1, n2, ...: control plane nodes first."""
    nodes = {}
    for place in range(1, members + workers + 1):
        name, role = f"n{place}", Role.CONTROL_PLANE if place <= members else Role.WORKER
        kept_off = tuple(taints) if role is Role.CONTROL_PLANE else ()
        nodes[name] = Node(name, role, "1.32/stable", taints=kept_off)
    return Cluster("prod", environment, nodes)


def seen(there, *, leader="n1", dead=(), not_ready=(), spares=(), findings=()):
    members = tuple(
        SeenMember(
            name,
            f"{name}:19001",
            DqliteRole.SPARE if name in spares else DqliteRole.VOTER,
            name not in dead,
            name == leader,
        )
        for name in there.control_plane
    )
    rows = tuple(
        SeenNode(name, name, ready=name not in (*dead, *not_ready), schedulable=True)
        for name in there.nodes
    )
    return replace(there, observation=Observation(1.0, ("n1",), True, members, rows, findings))


def planned(there, **params):
    known = hosts(dict.fromkeys(there.nodes, "prod"))
    change = Change("prod", KIND.name, normalised(KIND, params))
    return plan(KIND, change, Scope("prod", there, known, record=there))


def stopped(story):
    return [step.hosts[0] for step in story.steps if step.name == "stop_for_drill"]


def refused(story, *accepted):
    return [finding.code for finding in story.refusals(frozenset(accepted))]


@pytest.mark.parametrize(
    ("params", "host"),
    [
        ({"target": "worker"}, "n4"),
        ({"target": "leader"}, "n2"),
        ({"target": "voter"}, "n1"),
        ({"node": "n3"}, "n3"),
    ],
)
def test_the_node_is_the_one_that_is_what_was_asked_for_when_it_was_last_seen(params, host):
    story = planned(seen(cluster(workers=1), leader="n2"), **params)

    assert stopped(story) == [host]
    assert refused(story) == []


def test_a_spare_is_no_voter_to_be_lost():
    story = planned(seen(cluster(members=4), leader="n2", spares=("n1",)), target="voter")

    assert stopped(story) == ["n3"]


def test_whoever_is_stopped_is_started_again_whatever_happens_and_the_drill_judged_at_the_end():
    story = planned(seen(cluster(), leader="n1"), target="leader", seconds=60)

    assert [step.name for step in story.steps] == [
        *("observe", "verify_quorum", "stop_for_drill", "watch_drill", "start_after_drill"),
        *("verify_quorum", "judge_drill"),
    ]
    back = story.steps[4]
    assert (back.closes, back.hosts) == ("stop_for_drill", ("n1",))
    assert back.args["seed"] != "n1"
    assert story.steps[3].args["observers"] == ["n2", "n3"]
    assert not any(step.is_final for step in story.steps)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_how_it_is_lost_is_told_in_the_plan_and_that_the_host_starts_it_by_itself(how):
    story = planned(seen(cluster()), node="n3", seconds=60, how=how)
    [step] = [step for step in story.steps if step.name == "stop_for_drill"]

    told = changes(step.as_dict())["n3"]

    title = {"stop": "Stop MicroK8s on n3", "kill": "Kill kubelite and the datastore on n3"}
    assert step.title == title[how]
    assert any("SIGKILL" in sentence for sentence in told) == (how == "kill")
    assert told[-1] == "starts MicroK8s by itself after 180 s, if nobody else has"
    assert step.guard.operation is Operation.STOP


def test_a_plan_of_before_there_were_ways_and_timers_is_told_all_the_same():
    step = {"name": "stop_for_drill", "hosts": ["n3"], "args": {"host": "n3"}}

    assert len(changes(step)["n3"]) == 1


def test_a_member_is_guarded_and_a_worker_needs_no_guard():
    there = seen(cluster(workers=1))
    [member] = [step for step in planned(there, node="n1").steps if step.name == "stop_for_drill"]
    [worker] = [step for step in planned(there, node="n4").steps if step.name == "stop_for_drill"]

    assert member.guard.operation is Operation.STOP
    assert member.guard.hosts == ("n1",)
    assert worker.guard is None


@pytest.mark.parametrize(
    ("there", "params", "code"),
    [
        (seen(cluster(members=1)), {"node": "n1"}, "drill-without-quorum"),
        (seen(cluster(members=1)), {"target": "worker"}, "no-drill-target"),
        (seen(cluster(members=1)), {"target": "voter"}, "no-drill-target"),
        (cluster(), {"target": "leader"}, "no-drill-target"),
        (seen(cluster(), dead=("n3",)), {"target": "leader"}, "dead-member-listed"),
        (seen(cluster(), leader="n9"), {"target": "leader"}, "no-drill-target"),
        (seen(cluster(workers=1), not_ready=("n4",)), {"node": "n2"}, "drill-on-unhealthy"),
    ],
)
def test_what_cannot_be_drilled_without_harm_is_refused_for_good(there, params, code):
    codes = refused(planned(there, **params))

    assert code in codes
    assert code in refused(planned(there, **params), code)


def test_what_a_look_has_found_wrong_is_told_in_the_refusal():
    wrong = seen(cluster(), findings=(refusal("silent-node", "n2 was silent", "look"),))

    [finding] = planned(wrong, target="voter").refusals(frozenset())

    assert finding.code == "drill-on-unhealthy"
    assert "n2 was silent" in finding.message


@pytest.mark.parametrize(
    ("there", "params", "code"),
    [
        (
            replace(seen(cluster(environment=Environment.PROD)), backed_up_at=0.0),
            {"target": "voter"},
            "drill-in-production",
        ),
        (
            seen(cluster(workers=1, taints=(DEDICATED_TAINT,))),
            {"target": "worker"},
            "no-node-to-drain-to",
        ),
    ],
)
def test_what_somebody_may_answer_for_is_refused_until_it_is_accepted(there, params, code):
    story = planned(there, **params)

    assert refused(story) == [code]
    assert refused(story, code) == []


def test_a_cluster_in_production_is_backed_up_before_a_drill():
    there = seen(cluster(environment=Environment.PROD))

    codes = refused(planned(there, target="voter"))

    assert codes == ["drill-in-production", "no-backup"]


def test_the_only_voter_of_two_members_is_not_stopped():
    there = seen(cluster(members=2), spares=("n2",))

    assert refused(planned(there, target="leader")) == ["quorum-would-be-lost"]
    assert refused(planned(there, node="n2")) == []


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"target": "worker", "node": "n1"},
        {"target": "all"},
        {"target": "worker", "how": "burn"},
        {"target": "worker", "seconds": 4},
        {"target": "worker", "seconds": 1801},
    ],
)
def test_params_that_name_no_node_or_two_or_hours_are_refused(params):
    with pytest.raises(ValidationError):
        normalised(KIND, params)
