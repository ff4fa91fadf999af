"""What dqlite may do, by trying everything: an independent model to hold the quorum guard against.

Written from go-dqlite's ``app/roles.go`` and ``app/app.go`` (Adjust, Assume, Handover), and from
what ``microk8s leave`` and ``remove-node`` do. It shares no code with ``cluster/quorum``, and
chooses nothing: every leader, every candidate, every order of role changes and of the steps of an
operation is gone through, and a single moment without a majority of voters counts.
"""

from collections.abc import Callable, Iterator
from functools import cache

Row = tuple[str, str, bool, int]
"""Name, role (``V`` voter, ``B`` stand-by, ``S`` spare), whether it is online, failure domain."""
State = tuple[Row, ...]
Phase = Callable[[State, str], set[State]]

ENOUGH_VOTERS = ENOUGH_STANDBYS = 3


class QuorumLost(Exception):
    """At some moment of some order of events no majority of the voters was online."""


@cache
def has_majority(state: State) -> bool:
    votes = [online for _, role, online, _ in state if role == "V"]
    return 2 * sum(votes) > len(votes)


def given(state: State, name: str, role: str) -> State:
    return tuple((n, role if n == name else r, on, d) for n, r, on, d in state)


@cache
def role_changes(state: State) -> frozenset[State]:
    """Return every state that one change of a role by the leader, or by a joiner, may lead to."""
    if not has_majority(state):
        return frozenset()
    found = {given(state, name, role) for name, role in adjusted(state)}
    return frozenset(found | set(assumed(state)))


def adjusted(state: State) -> Iterator[tuple[str, str]]:
    """Yield each change that Adjust may order, whichever voter leads: no leader demotes itself."""
    on: dict[str, list[tuple[str, int]]] = {"V": [], "B": [], "S": []}
    off: dict[str, list[str]] = {"V": [], "B": [], "S": []}
    for name, role, online, domain in state:
        if online:
            on[role].append((name, domain))
        else:
            off[role].append(name)
    leaders = {name for name, _ in on["V"]}
    if len(state) < 3:
        votes = [*leaders, *off["V"]]
        yield from ((name, "S") for name in votes if leaders - {name})
        return
    voted = {d for _, d in on["V"]}
    every = {d for _, _, online, d in state if online}
    if len(voted) < len(every) and len(voted) < len(leaders):
        apart = [n for n, d in on["B"] + on["S"] if d not in voted]
        if apart:
            yield from ((n, "V") for n in apart)
            return
    if len(leaders) < ENOUGH_VOTERS:
        yield from ((n, "V") for n, _ in on["B"] + on["S"])
    elif len(leaders) > ENOUGH_VOTERS:
        yield from ((n, "S") for n in leaders)
    elif off["V"]:
        yield from ((n, "S") for n in off["V"])
    elif len(on["B"]) < ENOUGH_STANDBYS:
        yield from ((n, "B") for n, _ in on["S"])
    elif len(on["B"]) > ENOUGH_STANDBYS:
        yield from ((n, "S") for n, _ in on["B"])
    else:
        yield from ((n, "S") for n in off["B"])


def assumed(state: State) -> Iterator[State]:
    """Yield what a spare that starts may make of itself."""
    if len(state) < 3:
        return
    voters = sum(role == "V" and online for _, role, online, _ in state)
    standbys = sum(role == "B" and online for _, role, online, _ in state)
    for name, role, online, _ in state:
        if role == "S" and online and voters < ENOUGH_VOTERS:
            yield given(state, name, "V")
        elif role == "S" and online and standbys < ENOUGH_STANDBYS:
            yield given(state, name, "B")


# The steps of operations: each takes one state to all that it may lead to.


def listed_anew(state: State, name: str) -> set[State]:
    """A host joins, as a spare; who is a member and online already changes nothing."""
    if any(n == name and online for n, _, online, _ in state):
        return {state}
    return {(*(row for row in state if row[0] != name), (name, "S", True, 0))}


def struck_off(state: State, name: str) -> set[State]:
    """The leader removes a member from the list; without a majority nobody can."""
    return {tuple(row for row in state if row[0] != name)}


def struck_off_if_dead(state: State, name: str) -> set[State]:
    if any(n == name and not online for n, _, online, _ in state):
        return struck_off(state, name)
    return {state}


def down(state: State, name: str) -> set[State]:
    return {tuple((n, r, on and n != name, d) for n, r, on, d in state)}


def up(state: State, name: str) -> set[State]:
    return {tuple((n, r, on or n == name, d) for n, r, on, d in state)}


def heirs(state: State, name: str) -> list[str]:
    role = next((r for n, r, online, _ in state if n == name and online), "S")
    takers = {"V": "BS", "B": "S", "S": ""}[role]
    return [n for n, r, online, _ in state if r in takers and online and n != name]


def promoted_instead(state: State, name: str) -> set[State]:
    """A member that is stopped gracefully gives its role to another first."""
    role = next((r for n, r, online, _ in state if n == name and online), "S")
    return {given(state, heir, role) for heir in heirs(state, name)} or {state}


def demoted_itself(state: State, name: str) -> set[State]:
    """Then it gives it up, where another took it."""
    return {given(state, name, "S")} if len(state) > 1 else {state}


def maybe(phase: Phase) -> Phase:
    """A step that a time limit, or a power cut, may leave out."""
    return lambda state, name: phase(state, name) | {state}


def handed_over(state: State, name: str) -> set[State]:
    """The whole handover: it cannot be told from outside where it stands when roles move."""
    if not heirs(state, name):
        return {state}
    return {
        after for taken in promoted_instead(state, name) for after in demoted_itself(taken, name)
    }


PROGRAMS: dict[str, tuple[Phase, ...]] = {
    "join": (struck_off_if_dead, listed_anew),
    "leave": (maybe(promoted_instead), maybe(handed_over), down, struck_off),
    "remove": (struck_off,),
    "stop": (maybe(promoted_instead), maybe(handed_over), down),
    "start": (up,),
    "gracefully leave": (handed_over, down, struck_off),
}


def outcomes(state: State, operation: str, name: str) -> set[State]:
    """Return every state in which the members may be once the operation is over.

    Raises ``QuorumLost`` with the moment, if there is one without a majority. A gracefully leaving
    member hands over right before it goes down: dqlite gives it no role while it does.
    """
    reached = settling({state})
    for phase in PROGRAMS[operation]:
        reached = {after for before in reached for after in phase(before, name)}
        if operation == "gracefully leave" and phase is handed_over:
            continue
        reached = settling(reached)
    return reached


def settling(states: set[State]) -> set[State]:
    """Return these states and all that role changes may make of them."""
    found, ahead = set(states), list(states)
    while ahead:
        state = ahead.pop()
        if not has_majority(state):
            raise QuorumLost(state)
        new = role_changes(state) - found
        found |= new
        ahead += new
    return found


def at_rest(states: set[State]) -> set[State]:
    """Return those of the states in which no role is left to change."""
    return {state for state in states if not role_changes(state)}
