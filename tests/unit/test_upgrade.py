"""Planning an ``upgrade``: state in, plan out."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kind_worlds import hosts

from cluster.observation import Observation, SeenMember, SeenNode
from cluster.quorum import DqliteRole, Operation
from cluster.spec import DEDICATED_TAINT, Cluster, Environment, Node, Role
from cluster.versions import minor_of_channel
from workflows.kinds.upgrade import KIND
from workflows.plan import Change, Scope
from workflows.planner import planned as plan
from workflows.writes import after

BACKED_UP = 1_800_000_000.0


def cluster(*, members=3, workers=0, channels=None, taints=()):
    """A cluster of n1, n2, ... at 1.32; ``channels`` are those of nodes that follow another."""
    nodes = {}
    for place in range(1, members + workers + 1):
        name, role = f"n{place}", Role.CONTROL_PLANE if place <= members else Role.WORKER
        channel = (channels or {}).get(name, "1.32/stable")
        kept_off = tuple(taints) if role is Role.CONTROL_PLANE else ()
        nodes[name] = Node(name, role, channel, taints=kept_off)
    return Cluster("prod", Environment.PROD, nodes, backed_up_at=BACKED_UP)


def seen(there, *, leader="n1", dead=(), cordoned=(), versions=None):
    members = tuple(
        SeenMember(name, f"{name}:19001", DqliteRole.VOTER, name not in dead, name == leader)
        for name in there.control_plane
    )
    rows = tuple(
        SeenNode(
            name,
            name,
            ready=name not in dead,
            schedulable=name not in cordoned,
            version=(versions or {}).get(name, "v1.32.3"),
        )
        for name in there.nodes
    )
    return replace(there, observation=Observation(1.0, ("n1",), True, members, rows))


def planned(there, channel="1.33/stable", **params):
    known = hosts(dict.fromkeys(there.nodes, "prod"))
    change = Change("prod", KIND.name, {"channel": channel, **params})
    return plan(KIND, change, Scope("prod", there, known, record=there, now=BACKED_UP + 3600))


def refreshed(story):
    """Return the hosts of each refresh with the channel."""
    return [
        (" ".join(step.hosts), step.args["channel"])
        for step in story.steps
        if step.name.startswith("refresh")
    ]


def codes(story):
    return [finding.code for finding in story.findings]


def refused(story, *accepted):
    return [finding.code for finding in story.refusals(frozenset(accepted))]


def test_the_control_plane_goes_first_one_by_one_its_leader_last_and_then_the_workers():
    story = planned(seen(cluster(workers=2), leader="n2"))

    assert refreshed(story) == [(host, "1.33/stable") for host in ("n1", "n3", "n2", "n4", "n5")]
    assert refused(story) == []


def test_each_node_is_emptied_refreshed_and_let_back_in_and_the_cluster_verified_after_it():
    story = planned(cluster(members=3))

    assert [step.name for step in story.steps[:9]] == [
        *("observe", "check_channels", "check_apis", "verify_quorum"),
        *("cordon_node", "drain_node", "refresh_microk8s", "uncordon_node", "verify_quorum"),
    ]
    assert story.steps[7].closes == "cordon_node"
    gates = [step for step in story.steps if step.name == "verify_quorum"]
    assert len(gates) == 4
    assert all(step.args["settled"] for step in gates)
    assert story.steps[-1] is gates[-1]


def test_a_control_plane_node_is_guarded_and_another_one_sees_it_come_back():
    story = planned(cluster())

    first = next(step for step in story.steps if step.name == "refresh_microk8s")
    assert first.guard.operation is Operation.STOP
    assert (first.guard.hosts, first.guard.control_plane) == (("n1",), ("n1", "n2", "n3"))
    assert (first.args["seed"], first.args["members"]) == ("n2", ["n1", "n2", "n3"])


def test_a_worker_needs_no_guard():
    story = planned(cluster(workers=1))

    [last] = [step for step in story.steps if step.hosts == ("n4",) and step.writes]
    assert (last.guard, last.args["members"]) == (None, [])


def test_workers_go_in_batches_that_are_cordoned_before_the_first_is_drained():
    story = planned(cluster(workers=2), max_unavailable=2, drain=True)

    batch = [step for step in story.steps if set(step.hosts) <= {"n4", "n5"}]
    assert [(step.name, step.hosts) for step in batch] == [
        ("cordon_node", ("n4",)),
        ("cordon_node", ("n5",)),
        ("drain_node", ("n4",)),
        ("drain_node", ("n5",)),
        ("refresh_microk8s", ("n4", "n5")),
        ("uncordon_node", ("n5",)),
        ("uncordon_node", ("n4",)),
    ]


def test_nodes_that_are_not_to_be_drained_are_not_cordoned_either():
    story = planned(cluster(workers=1), drain=False)

    assert {step.name for step in story.steps} == {
        *("observe", "check_channels", "check_apis", "verify_quorum", "refresh_microk8s")
    }


def test_two_minors_are_two_passes_and_the_record_says_how_far_each_came():
    story = planned(seen(cluster(members=3, workers=1)), "1.34/candidate")

    order = ["n2", "n3", "n1", "n4"]
    assert refreshed(story) == [
        *((host, "1.33/stable") for host in order),
        *((host, "1.34/candidate") for host in order),
    ]
    assert {node.channel for node in story.leaves.nodes.values()} == {"1.34/candidate"}


def test_nodes_that_follow_the_channel_already_are_left_out():
    channels = dict.fromkeys(["n1", "n2"], "1.33/stable")

    story = planned(cluster(members=3, channels=channels))

    assert refreshed(story) == [("n3", "1.33/stable")]
    assert codes(story) == ["version-skew"]


def test_where_every_node_follows_the_channel_there_is_nothing_to_do():
    story = planned(seen(cluster()), "1.32/stable")

    assert ([step.name for step in story.steps], story.findings) == (["observe"], ())


def test_another_risk_of_the_same_minor_is_one_pass():
    assert refreshed(planned(cluster(members=1), "1.32/edge")) == [("n1", "1.32/edge")]


def test_a_job_that_goes_on_begins_with_what_it_has_refreshed_whoever_leads_by_now():
    """The record is as before the job then, and the look is a new one."""
    before = refreshed(planned(seen(cluster(), leader="n1")))

    again = refreshed(planned(seen(cluster(), leader="n2", versions={"n2": "v1.33.1"})))

    assert before == [(host, "1.33/stable") for host in ("n2", "n3", "n1")]
    assert again == [(host, "1.33/stable") for host in ("n2", "n1", "n3")]


@pytest.mark.parametrize("members", [1, 2])
def test_below_three_control_plane_nodes_the_api_is_away_and_there_is_no_way_back(members):
    story = planned(cluster(members=members, workers=1))

    [found] = [row for row in story.findings if row.code == "api-away"]
    firsts = [step for step in story.steps if step.name == "refresh_without_quorum"]
    assert found.message.startswith(f"cluster prod has {members} control plane node")
    assert [step.hosts for step in firsts] == [(f"n{place}",) for place in range(1, members + 1)]
    assert all(step.is_final and step.guard is None for step in firsts)


def test_a_cluster_of_one_node_is_refreshed_where_it_stands():
    story = planned(cluster(members=1))

    assert [step.name for step in story.steps] == [
        *(
            "observe",
            "check_channels",
            "check_apis",
            "verify_quorum",
            "refresh_without_quorum",
            "verify_quorum",
        ),
    ]
    assert refused(story) == []


def test_a_downgrade_is_refused_for_good():
    story = planned(cluster(members=3, channels={"n2": "1.34/stable"}), "1.33/stable")

    assert "downgrade" in refused(story, "downgrade")
    [found] = [row for row in story.findings if row.code == "downgrade"]
    assert found.message.startswith("n2 is at 1.34 already, and channel 1.33/stable is older")
    assert found.field == "/params/channel"


@pytest.mark.parametrize(
    ("channels", "code"),
    [
        ({"n4": "1.31/stable"}, "version-skew"),
        ({"n1": "1.33/stable"}, "version-skew"),
        ({"n1": "1.34/stable"}, "version-skew-too-wide"),
        ({"n4": "1.33/stable"}, "version-skew-too-wide"),
        ({"n4": "1.28/stable"}, "version-skew-too-wide"),
    ],
)
def test_nodes_at_different_minors_are_told_and_refused_beyond_what_kubernetes_allows(
    channels, code
):
    story = planned(cluster(workers=1, channels=channels), "1.34/stable")

    told = [found for found in codes(story) if found.startswith("version-skew")]
    assert told == [code]
    assert (code in refused(story)) == (code == "version-skew-too-wide")
    assert refused(story, code) == []


def test_a_long_way_is_warned_of_with_each_of_its_stations():
    story = planned(cluster(), "1.35/stable")

    [found] = [row for row in story.findings if row.code == "many-minors"]
    assert "3 minor versions are passed (1.33/stable, 1.34/stable, 1.35/stable)" in found.message
    assert "many-minors" not in codes(planned(cluster(), "1.34/stable"))


def test_the_strict_snap_is_refused_and_a_track_without_a_minor_warned_of():
    assert "strict-channel" in refused(planned(cluster(), "1.33-strict/stable"))
    latest = planned(cluster(), "latest/stable")
    assert "latest-track" in codes(latest)
    assert {channel for _, channel in refreshed(latest)} == {"latest/stable"}


def test_a_node_of_a_track_without_a_minor_is_where_it_was_seen_to_be():
    there = cluster(members=1, channels={"n1": "latest/stable"})

    story = planned(seen(there, versions={"n1": "v1.36.0"}), "1.33/stable")

    assert "downgrade" in refused(story)


def test_workers_that_leave_no_node_for_their_pods_have_to_be_fewer_or_accepted():
    there = cluster(workers=2, taints=[DEDICATED_TAINT])

    assert refused(planned(there, max_unavailable=1)) == []
    assert refused(planned(there, max_unavailable=2)) == ["no-node-to-drain-to"]
    assert refused(planned(there, max_unavailable=2), "no-node-to-drain-to") == []
    assert refused(planned(there, max_unavailable=2, drain=False)) == []


def test_a_cordoned_node_takes_no_pods_of_those_that_are_emptied():
    there = seen(cluster(members=1, workers=1), cordoned=["n2"])

    assert refused(planned(there)) == ["no-node-to-drain-to"]


def test_no_node_is_refreshed_while_a_member_is_dead():
    assert refused(planned(seen(cluster(), dead=["n3"]))) == ["dead-member-listed"]


def test_the_seed_is_a_node_that_answered():
    story = planned(seen(cluster(), dead=["n1"]))

    assert {step.args["seed"] for step in story.steps if "seed" in step.args} <= {"n2", "n3"}


MINORS = st.integers(min_value=30, max_value=34)


@settings(max_examples=60)
@given(
    minors=st.lists(MINORS, min_size=1, max_size=5),
    members=st.integers(min_value=1, max_value=3),
    at_once=st.integers(min_value=1, max_value=3),
    drain=st.booleans(),
)
def test_whatever_the_nodes_are_at_no_two_members_go_at_once_and_no_kubelet_is_ahead(
    minors, members, at_once, drain
):
    members = min(members, len(minors))
    channels = {f"n{place}": f"1.{minor}/stable" for place, minor in enumerate(minors, start=1)}
    there = cluster(members=members, workers=len(minors) - members, channels=channels)

    story = planned(there, "1.34/stable", max_unavailable=at_once, drain=drain)

    now = there
    for step in story.steps:
        assert len(set(step.hosts) & set(now.control_plane)) <= 1 or not step.writes
        later = after(now, step.writes)
        for host in step.hosts if step.writes else ():
            moved = minor_of_channel(later.nodes[host].channel)
            assert moved - minor_of_channel(now.nodes[host].channel) == 1
            if host in now.workers:
                members_at = [minor_of_channel(now.nodes[m].channel) for m in now.control_plane]
                assert moved <= min(members_at)
        now = later
    assert {node.channel for node in now.nodes.values()} == {"1.34/stable"}


def test_apis_are_asked_for_once_before_anything_is_done_by_the_channel_at_the_end():
    story = planned(cluster(members=3), "1.34/stable")

    asked = [step for step in story.steps if step.name == "check_apis"]
    assert [(step.hosts, step.args["minor"]) for step in asked] == [(("n1", "n2", "n3"), 34)]
    assert story.steps[2] is asked[0]


def test_the_store_is_asked_for_every_channel_of_the_way_before_any_node_is_refreshed():
    story = planned(cluster(), "1.34/candidate")

    asked = story.steps[1]
    assert (asked.name, asked.args["channels"]) == (
        "check_channels",
        ["1.33/stable", "1.34/candidate"],
    )
    assert asked.title == "See that the store has 1.33/stable, 1.34/candidate"
    far = planned(cluster(), "1.99/stable").steps[1]
    assert far.title == "See that the store has 67 channels"
