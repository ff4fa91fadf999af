"""Planning ``recover-quorum``, and choosing the freshest log: who is refused, and who is taken."""

import struct
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kind_worlds import hosts
from marshmallow import ValidationError

from cluster.observation import Observation, SeenMember
from cluster.quorum import DqliteRole
from cluster.raft_logs import RaftLog, evidence, ranked
from cluster.spec import Cluster, Environment, Node, Role
from deploy_scripts.keep_backends import parse_copy
from deploy_scripts.microk8s import raft_log_program
from deploy_scripts.microk8s.raft_log import parse_log
from deploy_scripts.reconfigure_datastore import roles
from workflows.kinds import KINDS
from workflows.plan import Change, Scope
from workflows.planner import normalised, planned

FIVE = ("n1", "n2", "n3", "n4", "n5")
LOSSES = [
    (FIVE[:3], ("n2", "n3")),
    (FIVE[:3], ("n1", "n2")),
    (FIVE, ("n1", "n2", "n3")),
    (FIVE[:4], ("n1", "n2")),
]


def log(term=1, index=1, digest="0" * 64):
    return RaftLog(term, index, 2**64 - 1, "10.0.0.1:19001", digest)


def cluster(control_plane=FIVE[:3], dead=("n2", "n3"), leads=False, strangers=()):
    nodes = {host: Node(host, Role.CONTROL_PLANE, "1.32/stable") for host in control_plane}
    members = tuple(
        SeenMember(
            host if host in control_plane else None,
            f"{host}:19001",
            DqliteRole.VOTER if place < 3 else DqliteRole.STANDBY,
            host not in dead,
        )
        for place, host in enumerate((*control_plane, *strangers))
    )
    seen = Observation(1_800_000_000.0, (), leads, members, None)
    return Cluster("prod", Environment.DEV, nodes, observation=seen)


def plan(there, lost, *, off=True, confirm="prod"):
    known = hosts(dict.fromkeys(there.nodes, "prod"))
    params = {"lost": list(lost), "confirm": confirm, "dead_are_off": off}
    change = Change("prod", "recover-quorum", normalised(KINDS["recover-quorum"], params))
    return planned(KINDS["recover-quorum"], change, Scope("prod", there, known, record=there))


def refused(story):
    return sorted({finding.code for finding in story.refusals(frozenset())})


@pytest.mark.parametrize(("control_plane", "lost"), LOSSES)
def test_a_lost_majority_is_recovered_in_one_order(control_plane, lost):
    story = plan(cluster(control_plane, lost), lost)

    assert refused(story) == []
    assert [step.name for step in story.steps] == [
        "observe",
        "confirm_loss",
        "stop_members",
        "keep_backends",
        "choose_log",
        "reconfigure_datastore",
        "start_members",
        "await_leader",
        *["remove_dead_node"] * len(lost),
        "verify_quorum",
    ]
    assert story.leaves.control_plane == tuple(h for h in control_plane if h not in lost)


def test_the_way_back_ends_where_the_membership_is_rewritten_and_a_stop_is_closed_by_a_start():
    steps = {step.name: step for step in plan(cluster(), ("n2", "n3")).steps}

    assert [name for name, step in steps.items() if step.is_final] == [
        "reconfigure_datastore",
        "remove_dead_node",
    ]
    assert steps["start_members"].closes == "stop_members"


def test_the_plan_says_that_the_guard_is_not_asked_and_why():
    story = plan(cluster(), ("n2", "n3"))

    assert not any(step.guard for step in story.steps)
    [told] = [finding for finding in story.findings if finding.code == "guard-exempt"]
    assert "no quorum left to keep" in told.message


@pytest.mark.parametrize(
    ("there", "lost", "codes"),
    [
        (cluster(dead=("n3",), leads=True), ("n3",), ["has-quorum"]),
        (cluster(dead=("n3",)), ("n3",), ["has-quorum"]),
        (cluster(dead=("n3",)), ("n2", "n3"), ["node-alive"]),
        (cluster(), ("n3",), ["has-quorum", "survivor-silent"]),
        (cluster(dead=FIVE[:3]), FIVE[:3], ["no-survivor"]),
        (cluster(strangers=("n9",)), ("n2", "n3"), ["unlisted-member"]),
    ],
)
def test_what_makes_no_sense_for_the_cluster_is_refused(there, lost, codes):
    assert refused(plan(there, lost)) == codes


def stale(*roles, dead=("n2", "n3")):
    """A look at survivors whose list on disk was written before a change of roles."""
    there = cluster(FIVE[: len(roles)], dead)
    rows = zip(there.observation.members, roles, strict=True)
    members = tuple(replace(row, role=role) for row, role in rows)
    return replace(there, observation=replace(there.observation, members=members))


VOTER, STANDBY, SPARE = DqliteRole.VOTER, DqliteRole.STANDBY, DqliteRole.SPARE


def test_a_list_of_before_a_promotion_does_not_keep_the_one_survivor_from_being_recovered():
    story = plan(stale(VOTER, SPARE, SPARE), ("n2", "n3"))

    assert refused(story) == []
    [told] = [row for row in story.findings if row.code == "roles-not-settled"]
    assert "names 1 of the 3 voters that 3 members have, and nobody leads" in told.message


@pytest.mark.parametrize(
    ("there", "lost"),
    [
        (stale(VOTER, SPARE), ("n2",)),  # what dqlite keeps of two
        (stale(VOTER, VOTER, SPARE, dead=("n3",)), ("n3",)),  # two of three would be a majority
        (stale(VOTER, SPARE, SPARE, SPARE, dead=("n3", "n4")), ("n3", "n4")),
        (stale(VOTER, VOTER, VOTER, STANDBY, dead=("n3", "n4")), ("n3", "n4")),
    ],
)
def test_a_list_by_which_the_survivors_may_still_elect_a_leader_is_waited_for(there, lost):
    assert refused(plan(there, lost)) == ["has-quorum"]


def test_a_list_of_before_a_promotion_is_believed_as_long_as_somebody_leads():
    there = stale(VOTER, SPARE, SPARE)
    there = replace(there, observation=replace(there.observation, has_leader=True))

    assert refused(plan(there, ("n2", "n3"))) == ["has-quorum"]


def test_a_cluster_that_nobody_looked_at_is_planned_with_a_word_of_it():
    story = plan(replace(cluster(), observation=None), ("n2", "n3"))

    assert refused(story) == []
    assert "cluster-not-seen" in {finding.code for finding in story.findings}


def test_nothing_begins_unless_somebody_says_that_the_lost_ones_are_off_and_which_cluster():
    assert refused(plan(cluster(), ("n2", "n3"), off=False)) == ["lost-not-confirmed"]
    assert refused(plan(cluster(), ("n2", "n3"), confirm="other")) == ["not-confirmed"]
    with pytest.raises(ValidationError):
        plan(cluster(), ())


def test_a_retry_after_the_membership_was_rewritten_is_not_refused_for_its_leader():
    there = cluster(leads=True)
    seen = replace(there.observation, members=there.observation.members[:1])

    assert refused(plan(replace(there, observation=seen), ("n2", "n3"))) == []


logs = st.dictionaries(
    st.sampled_from(FIVE),
    st.builds(log, st.integers(0, 4), st.integers(0, 5)),
    min_size=1,
)


@given(logs)
def test_no_log_is_fresher_than_the_one_that_is_taken(found):
    first, *others = ranked(found)

    for host in others:
        taken, other = found[first], found[host]
        assert taken.term >= other.term
        assert taken.term > other.term or taken.index >= other.index
    assert evidence(found).endswith(f"{first} is taken")
    assert sorted(ranked(found)) == sorted(found)


@given(logs, st.randoms())
def test_the_order_in_which_hosts_answer_changes_nothing(found, random):
    rows = list(found.items())
    random.shuffle(rows)

    assert ranked(dict(rows)) == ranked(found)


def test_an_id_beyond_a_float_survives_json():
    assert RaftLog.from_dict(log().as_dict()) == log()


def test_a_later_term_wins_over_more_entries():
    assert ranked({"n2": log(1, 900), "n3": log(2, 5)}) == ("n3", "n2")


@pytest.mark.parametrize(
    ("members", "expected"),
    [(1, [0]), (2, [0, 2]), (3, [0, 0, 0]), (5, [0, 0, 0, 1, 1]), (7, [0, 0, 0, 1, 1, 1, 2])],
)
def test_survivors_get_the_roles_that_dqlite_would_settle(members, expected):
    assert roles(members) == expected


@pytest.mark.parametrize("lines", [[], ["log 1 2"], ["ID: 1", "Address: 10.0.0.1:19001"]])
def test_a_log_that_is_not_told_is_an_error(lines):
    with pytest.raises(ValueError, match="does not tell one log"):
        parse_log(lines)


def test_a_copy_that_is_not_told_is_an_error():
    with pytest.raises(ValueError, match="tells of no copy"):
        parse_copy(["copy 3 x"])


def segment(*terms, size=8):
    """Return a segment of one batch for each entry, as dqlite writes them, with room behind."""
    batches = (struct.pack("<IIQQBxxxI", 0, 0, 1, term, 1, size) + b"x" * size for term in terms)
    return struct.pack("<Q", 1) + b"".join(batches) + b"\0" * 64


@given(st.lists(st.integers(1, 3), min_size=1, max_size=8).map(sorted), st.integers(0, 8))
def test_entries_in_open_segments_count_after_those_that_are_closed(terms, closed):
    head, tail = terms[:closed], terms[closed:]
    with TemporaryDirectory() as folder:
        if head:
            name = f"{1:016}-{len(head):016}"
            Path(folder, name).write_bytes(segment(*head))
        Path(folder, "open-1").write_bytes(segment(*tail))
        Path(folder, "open-2").write_bytes(b"\0" * 64)

        assert raft_log_program.end(folder) == (terms[-1], len(terms))


def test_a_batch_that_was_cut_off_does_not_count():
    with TemporaryDirectory() as folder:
        Path(folder, "snapshot-2-100-55").write_bytes(b"")
        Path(folder, "open-1").write_bytes(segment(3, 3)[: 8 + 2 * 32 + 8 - 9])

        assert raft_log_program.end(folder)[1] == 101
