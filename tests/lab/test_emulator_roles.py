"""The roles that the emulated dqlite gives, member by member."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.emulator import roles
from lab.emulator.dqlite_wire import SPARE, STANDBY, VOTER, Member


def members(*given_roles: int) -> list[Member]:
    return [Member(number, f"m{number}", role) for number, role in enumerate(given_roles)]


def roles_after(before: list[Member], dead: set[str]) -> list[int]:
    online = {member.address for member in before} - dead
    return [member.role for member in roles.adjusted(before, online, "m0")]


@pytest.mark.parametrize(
    ("before", "dead", "after"),
    [
        pytest.param([VOTER], set(), [VOTER], id="one"),
        pytest.param([VOTER, SPARE], set(), [VOTER, SPARE], id="two-have-one-voter"),
        pytest.param([VOTER, SPARE, SPARE], set(), [VOTER] * 3, id="the-third-makes-three-voters"),
        pytest.param([VOTER, VOTER], set(), [VOTER, SPARE], id="shrunk-to-two"),
        pytest.param([VOTER] * 3, {"m2"}, [VOTER] * 3, id="a-dead-voter-without-heir-stays"),
        pytest.param(
            [VOTER] * 3 + [STANDBY, SPARE],
            {"m1"},
            [VOTER, SPARE, VOTER, VOTER, STANDBY],
            id="a-stand-by-replaces-a-dead-voter",
        ),
        pytest.param(
            [VOTER] * 3 + [SPARE] * 4,
            set(),
            [VOTER] * 3 + [STANDBY] * 3 + [SPARE],
            id="the-seventh-is-a-spare",
        ),
    ],
)
def test_roles_follow_the_size_and_the_dead(
    before: list[int], dead: set[str], after: list[int]
) -> None:
    assert roles_after(members(*before), dead) == after


@given(
    st.lists(st.sampled_from([VOTER, STANDBY, SPARE]), min_size=3, max_size=9),
    st.sets(st.integers(min_value=1, max_value=8)),
)
def test_with_enough_live_members_there_are_three_live_voters(
    before: list[int], dead_numbers: set[int]
) -> None:
    given_members = members(VOTER, *before[1:])
    online = {m.address for m in given_members if m.id not in dead_numbers}

    after = roles.adjusted(given_members, online, "m0")

    live_voters = [m for m in after if m.role == VOTER and m.address in online]
    assert len(live_voters) == min(3, len(online))
    assert sum(m.role == STANDBY for m in after) <= 3


@pytest.mark.parametrize(
    ("given_roles", "dead", "expected"),
    [
        ([VOTER, VOTER, VOTER], {"m1"}, True),
        ([VOTER, VOTER, VOTER], {"m1", "m2"}, False),
        ([VOTER, VOTER, VOTER, STANDBY, STANDBY], {"m1", "m2"}, False),
        ([VOTER, SPARE], {"m1"}, True),
    ],
)
def test_only_live_voters_make_a_majority(
    given_roles: list[int], dead: set[str], expected: bool
) -> None:
    known = members(*given_roles)

    assert roles.has_majority(known, {m.address for m in known} - dead) is expected
