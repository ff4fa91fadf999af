"""What the lab's world keeps of a cluster whose dqlite is emulated: members, leader and log."""

from typing import Any

from lab.emulator import raft_log
from lab.emulator.dqlite_wire import Member

State = dict[str, Any]


def members(state: State) -> list[Member]:
    return [Member(*entry) for entry in state.get("members", [])]


def change(state: State, wanted: list[Member]) -> None:
    """Have these members, which is an entry of the log if they are others than before."""
    if wanted != members(state):
        state["members"] = wanted
        append(state)


def lead(state: State, address: str) -> None:
    """Have this leader, whose first entry begins a term."""
    state["leader"] = address
    append(state, is_elected=True)


def append(state: State, *, is_elected: bool = False) -> None:
    last = log(state)
    state["log"] = last.appended(max(last.term, 1) + is_elected).as_list()


def log(state: State) -> raft_log.RaftLog:
    base, base_term, terms = state.get("log", (0, 0, ()))
    return raft_log.RaftLog(base, base_term, tuple(terms))
