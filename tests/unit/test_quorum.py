"""The quorum arithmetic, held against the table of dqlite's roles and against its own rules."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.quorum import (
    DqliteRole,
    Member,
    Operation,
    Quorum,
    Rule,
    apply_operation,
    count,
    describe,
    expected,
    explain,
    forecast,
    guard,
    guard_each,
    is_settled,
    settle,
    started,
    underway,
    verb_of,
)

V, B, P = DqliteRole.VOTER, DqliteRole.STANDBY, DqliteRole.SPARE


def members(*roles: DqliteRole, dead: tuple[int, ...] = ()) -> tuple[Member, ...]:
    return tuple(Member(f"cp-{i}", role, i not in dead) for i, role in enumerate(roles))


any_members = st.lists(
    st.tuples(st.sampled_from(DqliteRole), st.booleans()), min_size=1, max_size=9
).map(lambda rows: tuple(Member(f"cp-{i}", r, a) for i, (r, a) in enumerate(rows)))


@pytest.mark.parametrize(
    ("nodes", "voters", "standbys", "spares", "tolerance"),
    [
        (1, 1, 0, 0, 0),
        (2, 1, 0, 1, 0),
        (3, 3, 0, 0, 1),
        (4, 3, 1, 0, 1),
        (5, 3, 2, 0, 1),
        (6, 3, 3, 0, 1),
        (7, 3, 3, 1, 1),
    ],
)
def test_dqlite_keeps_three_voters_whatever_the_number_of_nodes(
    nodes, voters, standbys, spares, tolerance
):
    full = expected(nodes)

    assert (full.voters, full.standbys, full.spares) == (voters, standbys, spares)
    assert full.tolerance == tolerance
    assert full.ha is (nodes >= 3)


@given(st.integers(1, 12))
def test_joining_one_by_one_settles_on_the_expected_roles(nodes):
    joined = members(V)
    for i in range(1, nodes):
        joined = apply_operation(joined, Operation.JOIN, f"cp-{i}")

    assert count(joined) == expected(nodes)
    assert is_settled(joined)


@given(any_members)
def test_settling_never_loses_a_member_and_settles_in_one_go(listed):
    once = settle(listed)

    assert [m.host for m in once] == [m.host for m in listed]
    assert settle(once) == once


@given(any_members)
def test_without_quorum_no_role_moves(listed):
    if not count(listed).has_quorum:
        assert settle(listed) == listed


@given(any_members, st.sampled_from(Operation), st.integers(0, 8))
def test_what_the_guard_allows_leaves_a_cluster_with_quorum(listed, operation, place):
    host = f"cp-{place}"

    verdict = guard(listed, operation, host)

    if verdict.allowed:
        after = count(apply_operation(listed, operation, host))
        assert after.has_quorum
        others_alive = all(m.alive for m in listed if m.host != host)
        assert others_alive or operation is Operation.REMOVE
    else:
        assert verdict.reason.startswith("cannot ")
        assert verdict.advice


def test_a_dead_voter_is_replaced_by_a_standby_and_becomes_a_spare():
    assert settle(members(V, V, V, B, dead=(1,))) == (
        Member("cp-0", V),
        Member("cp-1", P, alive=False),
        Member("cp-2", V),
        Member("cp-3", V),
    )


def test_a_dead_voter_without_candidate_stays_listed_as_voter():
    listed = members(V, V, V, dead=(2,))

    assert settle(listed) == listed
    assert count(listed).voters_alive == 2
    assert not count(listed).ha


def test_five_nodes_do_not_survive_two_voters_lost_at_once():
    assert not count(members(V, V, V, B, B, dead=(0, 1))).has_quorum


def test_a_join_is_refused_while_another_member_does_not_answer():
    verdict = guard(members(V, V, V, dead=(1,)), Operation.JOIN, "cp-9")

    assert not verdict.allowed
    assert "cp-1 is listed as a member but does not answer" in verdict.reason


def test_removing_the_dead_member_itself_is_allowed():
    assert guard(members(V, V, V, dead=(1,)), Operation.REMOVE, "cp-1").allowed


def test_a_join_waits_until_the_previous_one_has_settled():
    verdict = guard(members(V, P, P), Operation.JOIN, "cp-9")

    assert not verdict.allowed
    assert verdict.settling


def test_a_join_that_is_repeated_is_allowed():
    assert guard(members(V, P), Operation.JOIN, "cp-1").allowed


def test_the_last_member_never_leaves():
    verdict = guard(members(V), Operation.LEAVE, "cp-0")

    assert not verdict.allowed
    assert "last member" in verdict.reason


def test_the_only_voter_of_two_cannot_leave():
    assert not guard(members(V, P), Operation.LEAVE, "cp-0").allowed
    assert guard(members(V, P), Operation.LEAVE, "cp-1").allowed


def test_stopping_one_of_three_voters_is_allowed_and_one_of_two_members_is_not():
    assert guard(members(V, V, V), Operation.STOP, "cp-0").allowed
    assert not guard(members(V, P), Operation.STOP, "cp-0").allowed


def test_a_second_member_is_not_stopped_while_one_is_down():
    three, four = members(V, V, V), members(V, V, V, B)

    for listed in (three, four):
        stopped = apply_operation(listed, Operation.STOP, "cp-0")
        verdict = guard(stopped, Operation.STOP, "cp-1")
        assert verdict.rule is Rule.OTHERS_DOWN
        assert "cp-0 is listed as a member but does not answer" in verdict.reason


def test_a_standby_gets_the_vote_of_a_member_that_is_stopped_and_keeps_it():
    listed = members(V, V, V, B)

    meanwhile = count(underway(listed, Operation.STOP, "cp-0"))
    stopped = apply_operation(listed, Operation.STOP, "cp-0")

    assert (meanwhile.voters_alive, meanwhile.tolerance) == (2, 0)
    assert (count(stopped).voters_alive, count(stopped).tolerance) == (3, 1)
    assert [m.role for m in started(stopped, "cp-0")] == [B, V, V, V]


def test_dead_members_are_removed_one_after_the_other():
    listed = members(V, V, V, B, dead=(2, 3))

    assert guard_each(listed, Operation.REMOVE, ["cp-3", "cp-2"]).allowed
    assert guard(listed, Operation.LEAVE, "cp-0").rule is Rule.OTHERS_DOWN


def test_a_vote_goes_to_a_failure_domain_that_has_none():
    listed = [
        *(Member(f"cp-{i}", V, domain=1) for i in range(3)),
        Member("cp-3", B, domain=1),
        Member("cp-4", P, domain=2),
    ]
    lost = [replace(listed[0], alive=False), *listed[1:]]

    for start in (listed, lost):
        domains = [m.domain for m in settle(start) if m.role is V]
        assert sorted(domains) == [1, 1, 2]


def test_below_three_members_the_leader_keeps_its_vote():
    listed = [Member("cp-0", V), Member("cp-1", V, is_leader=True)]

    assert [m.role for m in settle(listed)] == [P, V]


@pytest.mark.parametrize("operation", [Operation.LEAVE, Operation.STOP])
@pytest.mark.parametrize(
    ("listed", "host"),
    [(members(V, V), "cp-1"), (members(V, P, P), "cp-1"), (members(V, V, P), "cp-0")],
    ids=["two votes of two", "the second vote is being given", "the third is"],
)
def test_a_vote_that_is_on_its_way_is_waited_for(operation, listed, host):
    verdict = guard(listed, operation, host)

    assert (verdict.rule, verdict.settling) == (Rule.NOT_SETTLED, True)


def test_the_leader_of_two_is_not_waited_for_since_it_keeps_its_vote():
    listed = [Member("cp-0", V), Member("cp-1", V, is_leader=True)]

    assert guard(listed, Operation.LEAVE, "cp-1").rule is Rule.QUORUM_WOULD_BE_LOST
    assert guard(listed, Operation.REMOVE, "cp-1").rule is Rule.QUORUM_WOULD_BE_LOST
    assert guard(listed, Operation.LEAVE, "cp-0").rule is Rule.NOT_SETTLED
    assert guard(listed, Operation.REMOVE, "cp-0").rule is Rule.NOT_SETTLED


def test_a_forecast_tells_the_margin_during_each_operation_and_goes_on_without_what_is_refused():
    operations = [(Operation.STOP, "cp-0"), (Operation.STOP, "cp-1"), (Operation.REMOVE, "cp-0")]

    first, second, third = forecast(members(V, V, V), operations)

    assert (first.verdict.allowed, first.during.tolerance) == (True, 0)
    assert (second.verdict.rule, second.during.tolerance) == (Rule.OTHERS_DOWN, -1)
    assert second.after.voters_alive == 1
    assert (third.verdict.allowed, third.after) == (True, expected(2))


def test_without_quorum_nobody_joins_or_is_out():
    lost = members(V, V, V, dead=(0, 1))

    assert apply_operation(lost, Operation.JOIN, "cp-9") == lost
    assert apply_operation(lost, Operation.REMOVE, "cp-0") == lost
    assert len(apply_operation(members(V, P), Operation.LEAVE, "cp-0")) == 2


def test_what_would_be_lost_is_said_with_numbers_and_what_widens_the_margin():
    verdict = guard(members(V, P), Operation.LEAVE, "cp-0")

    assert verdict.rule is Rule.QUORUM_WOULD_BE_LOST
    assert verdict.reason == "cannot remove cp-0: 0 of 1 voters would remain alive, 1 are needed"
    assert verdict.advice == "remove cp-1 first, or add a control plane node first"
    assert guard(members(V, P), Operation.STOP, "cp-0").advice == "add a control plane node first"


def test_nothing_is_allowed_without_quorum():
    verdict = guard(members(V, V, V, dead=(0, 1)), Operation.REMOVE, "cp-0")

    assert not verdict.allowed
    assert "1 of 3 voters are alive, 2 are needed" in verdict.reason


@pytest.mark.parametrize("operation", list(Operation))
@pytest.mark.parametrize(
    "listed",
    [(), members(V), members(V, V, V), members(V, P), members(V, V, V, dead=(1, 2))],
    ids=["nobody", "an old file of one", "all answer", "two", "one of three"],
)
def test_without_a_leader_nothing_is_allowed_whoever_answers(
    operation: Operation, listed: tuple[Member, ...]
) -> None:
    verdict = guard(listed, operation, "cp-0", has_leader=False)

    assert (verdict.allowed, verdict.settling) == (False, True)
    assert verdict.reason.startswith(
        f"cannot {verb_of(operation).partition('-')[0]} cp-0: the datastore has no"
    )
    assert "start MicroK8s on" in verdict.advice
    assert "remove" not in verdict.advice


@pytest.mark.parametrize("listed", [(), members(V), members(V, V, V), members(V, V, V, B)])
def test_without_a_leader_there_is_no_quorum_no_tolerance_and_no_high_availability(
    listed: tuple[Member, ...],
) -> None:
    quorum = count(listed, has_leader=False)

    assert (quorum.has_quorum, quorum.tolerance, quorum.ha) == (False, -1, False)
    assert quorum.as_dict()["has_leader"] is False


def test_the_explanation_of_two_nodes_says_that_it_is_worse_than_one():
    assert "worse than one node" in explain(2)
    assert "3 voters, 1 may be lost at once" in explain(5)


@pytest.mark.parametrize(
    ("members", "reserve"),
    [
        (4, "; 1 stand-by takes a lost voter's place within about a minute"),
        (5, "; 2 stand-bys take a lost voter's place within about a minute, one after the other"),
        (7, "; 3 stand-bys and 1 spare take a lost voter's place within about a minute, one after"),
    ],
)
def test_who_takes_a_lost_voters_place_is_counted(members, reserve):
    assert reserve in explain(members)


@pytest.mark.parametrize(
    ("voters", "alive", "led", "sentence"),
    [
        (3, 3, True, "3 of 3 voters alive, 2 needed: 1 may be lost at once"),
        (3, 2, True, "2 of 3 voters alive, 2 needed: the loss of one more stops the cluster"),
        (3, 1, True, "1 of 3 voters alive, 2 needed: quorum is lost, and nothing can be changed"),
        (3, 3, False, "the datastore has no leader: nothing can be changed"),
    ],
)
def test_a_state_is_told_as_it_is_and_not_as_it_should_be(voters, alive, led, sentence):
    assert describe(Quorum(voters, voters, alive, 0, 0, has_leader=led)) == sentence
