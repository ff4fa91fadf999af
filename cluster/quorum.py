"""Quorum arithmetic as dqlite does it: voters, stand-bys, spares, and what may happen next.

MicroK8s compiles in three voters and three stand-bys; every further control plane node is a spare.
Below three members nothing is promoted: one voter, the other a spare.
So five control plane nodes survive one voter lost at once, not two (the guide's (n-1)/2 says two).
Source: go-dqlite ``app/roles.go`` and k8s-dqlite, which sets no other targets.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

VOTERS = 3
STANDBYS = 3


class DqliteRole(StrEnum):
    """A control plane node's role in the datastore, in dqlite's own words."""

    VOTER = "voter"
    STANDBY = "stand-by"
    SPARE = "spare"


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


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of the datastore's member list."""

    host: str
    role: DqliteRole
    alive: bool = True


@dataclass(frozen=True, slots=True)
class Quorum:
    """How a member list stands."""

    members: int
    voters: int
    voters_alive: int
    standbys: int
    spares: int
    has_leader: bool = True
    """Without a leader the members come from a file that may be old: nothing can rest on them."""

    @property
    def majority(self) -> int:
        """Voters that must be alive for the datastore to accept a write."""
        return self.voters // 2 + 1

    @property
    def has_quorum(self) -> bool:
        return self.has_leader and self.voters > 0 and self.voters_alive >= self.majority

    @property
    def tolerance(self) -> int:
        """Voters that may be lost at once without losing quorum; -1 when it is lost already."""
        spare = self.voters_alive - self.majority
        return max(spare, -1) if self.voters and self.has_leader else -1

    @property
    def ha(self) -> bool:
        """Highly available: three voters or more alive, whatever MicroK8s' flag says."""
        return self.has_leader and self.voters_alive >= VOTERS

    def as_dict(self) -> dict[str, int | bool]:
        return {
            "members": self.members,
            "voters": self.voters,
            "voters_alive": self.voters_alive,
            "standbys": self.standbys,
            "spares": self.spares,
            "majority": self.majority,
            "tolerance": self.tolerance,
            "quorum": self.has_quorum,
            "ha": self.ha,
            "has_leader": self.has_leader,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an operation may begin; ``settling`` says that waiting may change the answer."""

    allowed: bool
    reason: str = ""
    advice: str = ""
    settling: bool = False
    after: Quorum | None = None


def count(members: Iterable[Member], *, has_leader: bool = True) -> Quorum:
    """Count voters, those alive, stand-bys and spares of a member list.

    ``has_leader`` says whether a leader told the list; planned ones have one.
    """
    listed = tuple(members)
    voters = [member for member in listed if member.role is DqliteRole.VOTER]
    return Quorum(
        members=len(listed),
        voters=len(voters),
        voters_alive=sum(member.alive for member in voters),
        standbys=sum(member.role is DqliteRole.STANDBY for member in listed),
        spares=sum(member.role is DqliteRole.SPARE for member in listed),
        has_leader=has_leader,
    )


def expected(members: int) -> Quorum:
    """Return what dqlite settles on for so many control plane nodes, all alive."""
    voters = min(members, VOTERS) if members >= VOTERS else min(members, 1)
    standbys = min(max(members - VOTERS, 0), STANDBYS) if members >= VOTERS else 0
    return Quorum(members, voters, voters, standbys, members - voters - standbys)


def settle(members: Sequence[Member]) -> tuple[Member, ...]:
    """Return the roles after dqlite's leader has run its role cycle to the end.

    Without quorum there is no leader, so nothing moves.
    """
    if not count(members).has_quorum:
        return tuple(members)
    if len(members) < VOTERS:
        return _single_voter(members)
    settled = list(members)
    while (change := _next_change(settled)) is not None:
        index, role = change
        settled[index] = replace(settled[index], role=role)
    return tuple(settled)


def _single_voter(members: Sequence[Member]) -> tuple[Member, ...]:
    """Below three members only the leader, a voter that is alive, keeps its vote."""
    leader = next(m for m in members if m.role is DqliteRole.VOTER and m.alive)
    return tuple(m if m is leader else replace(m, role=DqliteRole.SPARE) for m in members)


def _next_change(members: Sequence[Member]) -> tuple[int, DqliteRole] | None:
    """Return the first role change that dqlite's leader would order, in its order of rules."""

    def find(role: DqliteRole, alive: bool) -> list[int]:
        return [i for i, m in enumerate(members) if m.role is role and m.alive is alive]

    voter, standby, spare = DqliteRole.VOTER, DqliteRole.STANDBY, DqliteRole.SPARE
    voters = find(voter, True)
    candidates = find(standby, True) or find(spare, True)
    if len(voters) < VOTERS and candidates:
        return candidates[0], voter
    if len(voters) > VOTERS:
        return voters[-1], spare
    if len(voters) == VOTERS and find(voter, False):
        return find(voter, False)[0], spare
    standbys = find(standby, True)
    if len(standbys) < STANDBYS and find(spare, True):
        return find(spare, True)[0], standby
    if len(standbys) > STANDBYS:
        return standbys[-1], spare
    if find(standby, False):
        return find(standby, False)[0], spare
    return None


def apply_operation(
    members: Sequence[Member], operation: Operation, host: str
) -> tuple[Member, ...]:
    """Return the member list once ``operation`` on ``host`` is over and roles have settled."""
    match operation:
        case Operation.JOIN:
            if any(m.host == host and m.alive for m in members):
                return settle(members)  # it is a member already: the join is repeated
            rest = [m for m in members if m.host != host]
            return settle([*rest, Member(host, DqliteRole.SPARE)])
        case Operation.LEAVE | Operation.REMOVE:
            return settle([m for m in members if m.host != host])
        case Operation.STOP:
            return tuple(replace(m, alive=False) if m.host == host else m for m in members)


def guard(
    members: Sequence[Member], operation: Operation, host: str, *, has_leader: bool = True
) -> Verdict:
    """Decide whether ``operation`` on ``host`` may begin now, from a fresh member list."""
    if not has_leader:
        return _leaderless(members, operation, host)
    now = count(members)
    if not now.has_quorum:
        return Verdict(
            False,
            f"cannot {operation} {host}: {now.voters_alive} of {now.voters} voters are alive, "
            f"{now.majority} are needed",
            "start the nodes that are down again, or recover the quorum, then retry",
        )
    others_down = [m.host for m in members if not m.alive and m.host != host]
    if others_down:
        return Verdict(
            False,
            f"cannot {operation} {host}: {', '.join(others_down)} is listed as a member "
            "but does not answer",
            f"start {others_down[0]} again or remove it first, then retry",
            settling=True,
        )
    refusal = _refuse(members, operation, host)
    if refusal is not None:
        return refusal
    return Verdict(True, after=count(apply_operation(members, operation, host)))


def guard_each(
    members: Sequence[Member],
    operation: Operation,
    hosts: Sequence[str],
    *,
    has_leader: bool = True,
) -> Verdict:
    """Decide whether ``operation`` may be done to all hosts, each after those before it.

    Without a leader nothing is allowed, not even what would change nothing.
    """
    if not has_leader:
        return _leaderless(members, operation, ", ".join(hosts) or "any host")
    verdict = Verdict(True, after=count(members))
    for host in hosts:
        verdict = guard(members, operation, host)
        if not verdict.allowed:
            return verdict
        members = apply_operation(members, operation, host)
    return verdict


def handed_over(members: Sequence[Member], host: str) -> tuple[Member, ...]:
    """Return the members once ``host``, if it has the only vote, has given it to another.

    That is what a member does that is stopped gracefully, ahead of being taken out.
    """
    voters = [member for member in members if member.role is DqliteRole.VOTER]
    heirs = [member for member in members if member.alive and member.host != host]
    if [(voter.host, voter.alive) for voter in voters] != [(host, True)] or not heirs:
        return tuple(members)
    roles = {host: DqliteRole.SPARE, heirs[0].host: DqliteRole.VOTER}
    return tuple(replace(m, role=roles.get(m.host, m.role)) for m in members)


def _leaderless(members: Sequence[Member], operation: Operation, host: str) -> Verdict:
    """Refuse whatever is asked: the list is a file, and who is missing in it is not known.

    Nothing can be removed without a leader, so nobody is advised to.
    """
    silent = [member.host for member in members if not member.alive]
    return Verdict(
        False,
        f"cannot {operation} {host}: the datastore has no leader, so no quorum is known of, "
        "whoever answers",
        f"start MicroK8s on {', '.join(silent) or 'the control plane nodes that are down'} and "
        "wait for the election, which ends within seconds, then retry; if most voters are gone "
        "for good, recover the quorum by hand first",
        settling=True,
    )


def _refuse(members: Sequence[Member], operation: Operation, host: str) -> Verdict | None:
    """Return why a healthy cluster refuses the operation, or ``None``."""
    listed = {member.host: member for member in members}
    if operation is Operation.JOIN:
        if host not in listed and not is_settled([m for m in members if m.host != host]):
            return Verdict(
                False,
                f"cannot join {host}: the previous join has not settled "
                f"({count(members).voters} of {expected(len(members)).voters} voters)",
                "it settles within about a minute; nothing is to be done",
                settling=True,
            )
        return None
    if host not in listed:
        return Verdict(
            False,
            f"cannot {operation} {host}: it is not a member",
            f"name one of {', '.join(sorted(listed))}",
        )
    if len(listed) == 1:
        return Verdict(
            False,
            f"cannot {operation} {host}: it is the last member and holds the only copy of the data",
            "add a control plane node first, or destroy the cluster",
        )
    after = count(apply_operation(members, operation, host))
    if not after.has_quorum or after.voters_alive == 0:
        return Verdict(
            False,
            f"cannot {operation} {host}: {after.voters_alive} of {after.voters} voters would "
            "remain alive",
            "remove the spare first, or add a control plane node first",
        )
    return None


def is_settled(members: Sequence[Member]) -> bool:
    """True when dqlite has no role left to change and every member is alive."""
    roles_now = sorted(member.role for member in members)
    roles_settled = sorted(member.role for member in settle(members))
    return roles_now == roles_settled and all(member.alive for member in members)


def describe(quorum: Quorum) -> str:
    """Say in one sentence how a member list stands, and what it would survive."""
    if not quorum.has_leader:
        return "the datastore has no leader: nothing can be changed"
    alive = f"{quorum.voters_alive} of {quorum.voters} voters alive, {quorum.majority} needed"
    if not quorum.has_quorum:
        return f"{alive}: quorum is lost, and nothing can be changed"
    if quorum.members == 2:
        return explain(2)
    if quorum.tolerance == 0:
        return f"{alive}: the loss of one more stops the cluster"
    return f"{alive}: {quorum.tolerance} may be lost at once"


def explain(members: int) -> str:
    """Say in one sentence what so many control plane nodes give, and why the guide says odd."""
    q = expected(members)
    if members == 1:
        return "1 control plane node: one voter, no failure is survived"
    if members == 2:
        return (
            "2 control plane nodes: one voter and one spare, worse than one node, because losing "
            "the voter loses the datastore"
        )
    extra = ""
    if members > VOTERS:
        extra = (
            f"; {q.standbys} stand-by(s) and {q.spares} spare(s) take a lost voter's place within "
            "about a minute, one after the other"
        )
    return (
        f"{members} control plane nodes: {q.voters} voters, "
        f"{q.tolerance} may be lost at once{extra}"
    )
