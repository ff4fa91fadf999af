"""The quorum guard against a model of dqlite that tries every order of events."""

import re

import brute_force_dqlite as dqlite
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cluster.quorum import (
    DqliteRole,
    Member,
    Operation,
    Rule,
    count,
    guard,
    handed_over,
    settle,
)

LETTERS = {DqliteRole.VOTER: "V", DqliteRole.STANDBY: "B", DqliteRole.SPARE: "S"}
EXACT = {Rule.NO_QUORUM, Rule.QUORUM_WOULD_BE_LOST}
"""Rules that claim a loss. All others refuse also what would go well."""
QUICK, THOROUGH = 1500, 10_000


def often(examples: int):
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def as_state(members: tuple[Member, ...]) -> dqlite.State:
    return tuple((m.host, LETTERS[m.role], m.alive, m.domain) for m in members)


def as_members(state: dqlite.State) -> tuple[Member, ...]:
    roles = {letter: role for role, letter in LETTERS.items()}
    return tuple(Member(name, roles[role], online, domain) for name, role, online, domain in state)


ROWS = st.sampled_from(
    [
        (role, is_alive, domain)
        for role in (DqliteRole.VOTER, DqliteRole.VOTER, *DqliteRole)
        for is_alive in (True,) * 7 + (False,)
        for domain in (0, 0, 0, 1, 2, 3)
    ]
)


@st.composite
def member_lists(draw) -> tuple[Member, ...]:
    """Any list, settled or not; half of them as dqlite would have left it."""
    rows = draw(st.lists(ROWS, min_size=1, max_size=6))
    listed = tuple(Member(f"n{i}", role, alive, d) for i, (role, alive, d) in enumerate(rows))
    return settle(listed) if draw(st.booleans()) else listed


CHANGES = st.tuples(st.sampled_from(Operation), st.integers(0, 6).map("n{}".format))
PAIRS = st.tuples(member_lists(), CHANGES)


def is_safe(state: dqlite.State, operation: str, host: str) -> bool:
    try:
        dqlite.outcomes(state, operation, host)
    except dqlite.QuorumLost:
        return False
    return True


def holds(members: tuple[Member, ...], operation: Operation, host: str) -> None:
    verdict = guard(members, operation, host)
    if verdict.allowed:
        dqlite.outcomes(as_state(members), operation.value, host)
        return
    assert verdict.reason.startswith(f"cannot {'add' if operation is Operation.JOIN else ''}")
    assert f" {host}: " in verdict.reason
    assert verdict.advice
    if verdict.rule is not Rule.LAST_MEMBER:
        assert re.search(r"\d", verdict.reason)
    settles_first = verdict.rule is Rule.NOT_SETTLED and operation is not Operation.JOIN
    if verdict.rule in EXACT or settles_first:
        assert not is_safe(as_state(members), operation.value, host), verdict


@often(QUICK)
@given(PAIRS)
def test_no_order_of_events_loses_the_quorum_to_what_the_guard_allows(pair):
    members, (operation, host) = pair
    holds(members, operation, host)


@pytest.mark.slow
@pytest.mark.timeout(900)  # on a busy machine
@often(THOROUGH)
@given(PAIRS)
def test_no_order_of_events_of_many_more_loses_the_quorum_either(pair):
    members, (operation, host) = pair
    holds(members, operation, host)


SIGHTS = st.randoms(use_true_random=False)
SEQUENCES = st.tuples(member_lists(), st.lists(CHANGES, min_size=1, max_size=5), SIGHTS)


def survives(members: tuple[Member, ...], changes: list[tuple[Operation, str]], sights) -> int:
    """Carry out what the guard allows, each from a fresh look at any state that may be by then."""
    state, done = as_state(members), 0
    for operation, host in changes:
        if not guard(as_members(state), operation, host).allowed:
            continue
        done += 1
        state = sights.choice(sorted(dqlite.outcomes(state, operation.value, host)))
        if operation is Operation.STOP and sights.random() < 0.7:
            state = sights.choice(sorted(dqlite.outcomes(state, "start", host)))
    return done


@often(QUICK // 10)
@given(SEQUENCES)
def test_no_sequence_that_the_guard_allows_loses_the_quorum(sequence):
    survives(*sequence)


@pytest.mark.slow
@pytest.mark.timeout(900)  # on a busy machine
@often(THOROUGH)
@given(SEQUENCES)
def test_no_sequence_of_many_more_loses_the_quorum_either(sequence):
    survives(*sequence)


def test_sequences_are_carried_out_and_not_only_refused():
    three = tuple(Member(f"n{i}", DqliteRole.VOTER) for i in range(3))
    changes = [(Operation.JOIN, "n3"), (Operation.STOP, "n0"), (Operation.LEAVE, "n9")]

    class Last:
        def choice(self, states):
            return as_state(settle(as_members(states[-1])))

        def random(self):
            return 0.0

    assert survives(three, changes, Last()) == 2


@often(QUICK // 10)
@given(member_lists())
def test_settled_roles_are_some_in_which_dqlite_comes_to_rest(members):
    if not count(members).has_quorum:
        return
    reached = dqlite.settling({as_state(members)})

    assert as_state(settle(members)) in dqlite.at_rest(reached)
    rests = {tuple(sorted((role, on) for _, role, on, _ in s)) for s in dqlite.at_rest(reached)}
    assert len(rests) == 1


@often(QUICK // 10)
@given(member_lists(), st.integers(0, 5), st.sets(st.integers(0, 5).map("n{}".format)))
def test_a_graceful_leave_that_is_allowed_loses_no_quorum_whoever_was_given_up(
    members, place, given_up
):
    host = f"n{place}"

    verdict = guard(members, Operation.LEAVE, host, given_up=given_up, hands_over=True)

    if verdict.allowed:
        dqlite.outcomes(as_state(members), "gracefully leave", host)


@often(QUICK // 10)
@given(member_lists(), st.integers(0, 5))
def test_a_role_is_handed_to_somebody_who_may_have_it(members, place):
    host = f"n{place}"

    after = as_state(handed_over(members, host))

    assert after in dqlite.handed_over(as_state(members), host) | {as_state(members)}
