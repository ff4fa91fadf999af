"""What a step does to the members of the datastore: how they stand meanwhile, and afterwards."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from cluster.quorum.members import DqliteRole, Member, count
from cluster.quorum.roles import settle


class Operation(StrEnum):
    """What a step does to the membership of the datastore."""

    JOIN = "join"
    LEAVE = "leave"  # a live member leaves
    REMOVE = "remove"  # a dead member is struck off
    STOP = "stop"  # a member goes down for a while (reboot, refresh)


UNDONE_BY = {
    Operation.JOIN: Operation.LEAVE,
    Operation.LEAVE: Operation.JOIN,
    Operation.REMOVE: Operation.JOIN,
}
"""What is done to the membership when an operation is undone; starting a member harms no quorum."""
TAKING_OUT = frozenset({Operation.LEAVE, Operation.REMOVE})
"""What is over once the host is not listed any more."""


def underway(members: Sequence[Member], operation: Operation, host: str) -> tuple[Member, ...]:
    """Return the member list while ``operation`` on ``host`` goes on, before any role moves.

    A member that leaves is down for a while and still listed; that it may hand its vote over first
    is not counted on.
    """
    match operation:
        case Operation.JOIN:
            if any(m.host == host and m.alive for m in members):
                return tuple(members)  # it is a member already: the join is repeated
            return (*_without(members, host), Member(host, DqliteRole.SPARE))
        case Operation.LEAVE | Operation.STOP:
            return tuple(
                replace(m, alive=False, is_leader=False) if m.host == host else m for m in members
            )
        case Operation.REMOVE:
            return _without(members, host)


def apply_operation(
    members: Sequence[Member], operation: Operation, host: str
) -> tuple[Member, ...]:
    """Return the member list once ``operation`` on ``host`` is over and roles have settled.

    A member that was stopped is down still: a stand-by, or a spare, has got its vote. Without
    quorum nobody can change the list, so a member that lost it by leaving is down, and listed.
    """
    meanwhile = underway(members, operation, host)
    if operation is Operation.LEAVE and count(meanwhile).has_quorum:
        return settle(_without(meanwhile, host))
    if operation in {Operation.JOIN, Operation.REMOVE} and not count(members).has_quorum:
        return tuple(members)
    return settle(meanwhile)


def started(members: Sequence[Member], host: str) -> tuple[Member, ...]:
    """Return the member list once ``host``, which was stopped, answers again.

    It keeps the role that was left to it: who lost its vote does not get it back at once.
    """
    return settle([replace(m, alive=True) if m.host == host else m for m in members])


def _without(members: Sequence[Member], host: str) -> tuple[Member, ...]:
    return tuple(member for member in members if member.host != host)
