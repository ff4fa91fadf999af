"""Whether an operation on a member may begin now; a refusal names its rule, numbers and advice.

No operation that is allowed loses the quorum, however dqlite's own changes of roles fall between:
members are judged as they are, and after each change that may come first.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cluster.quorum.members import DqliteRole, Member, Quorum, count, expected
from cluster.quorum.operations import Operation, apply_operation, underway
from cluster.quorum.roles import handed_over, is_settled, settle, states_until_settled
from cluster.quorum.words import done_to


class Rule(StrEnum):
    """Why an operation may not begin, in the order in which it is asked."""

    NO_LEADER = "no-leader"  # the list is an old file, and nothing can be changed
    NO_QUORUM = "no-quorum"  # too few voters are alive as it is
    OTHERS_DOWN = "others-down"  # one member down at a time, and a dead one goes first
    NOT_SETTLED = "not-settled"  # dqlite is moving roles: the answer may change within a minute
    NOT_A_MEMBER = "not-a-member"
    LAST_MEMBER = "last-member"  # it holds the only copy of the data
    QUORUM_WOULD_BE_LOST = "quorum-would-be-lost"


WAITED_FOR = frozenset({Rule.NO_LEADER, Rule.OTHERS_DOWN, Rule.NOT_SETTLED})
"""What may pass without anybody asking for another change."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an operation may begin."""

    rule: Rule | None = None
    """What refuses it; ``None`` if nothing does."""
    reason: str = ""
    advice: str = ""

    @property
    def allowed(self) -> bool:
        return self.rule is None

    @property
    def settling(self) -> bool:
        """Whether waiting may change the answer."""
        return self.rule in WAITED_FOR


def guard(
    members: Sequence[Member],
    operation: Operation,
    host: str,
    *,
    has_leader: bool = True,
    given_up: Collection[str] = (),
    hands_over: bool = False,
) -> Verdict:
    """Decide whether ``operation`` on ``host`` may begin now, from a fresh member list.

    ``given_up`` are members that nobody waits for any more; they count as they stand. With
    ``hands_over`` it is relied on that a member that leaves gives its role away first.
    """
    if not has_leader:
        return _leaderless(members, operation, host)
    now = count(members)
    if not now.has_quorum:
        return _refusal(
            Rule.NO_QUORUM,
            operation,
            host,
            f"{now.voters_alive} of {now.voters} voters are alive, {now.majority} are needed",
            "start the nodes that are down again, or recover the quorum (recover-quorum), then "
            "retry",
        )
    down = [m.host for m in members if not m.alive and m.host != host and m.host not in given_up]
    if down and not _strikes_off(members, operation, host):
        return _others_down(down, now, operation, host)
    if operation is Operation.JOIN:
        return _judge_join(members, host)
    return _judge(members, operation, host, hands_over=hands_over)


def guard_each(
    members: Sequence[Member],
    operation: Operation,
    hosts: Sequence[str],
    *,
    has_leader: bool = True,
    given_up: Collection[str] = (),
    hands_over: bool = False,
) -> Verdict:
    """Decide whether ``operation`` may be done to all hosts, each after those before it.

    Without a leader nothing is allowed, not even what would change nothing.
    """
    if not has_leader:
        return _leaderless(members, operation, ", ".join(hosts) or "any host")
    for host in hosts:
        verdict = guard(members, operation, host, given_up=given_up, hands_over=hands_over)
        if not verdict.allowed:
            return verdict
        begins_with = handed_over(members, host) if hands_over else members
        members = apply_operation(begins_with, operation, host)
    return Verdict()


def _refusal(rule: Rule, operation: Operation, host: str, why: str, advice: str) -> Verdict:
    return Verdict(rule, f"cannot {done_to(host, operation)}: {why}", advice)


def _leaderless(members: Sequence[Member], operation: Operation, host: str) -> Verdict:
    """Refuse whatever is asked: the list is a file, and who is missing in it is not known.

    Nothing can be removed without a leader, so nobody is advised to.
    """
    silent = [member.host for member in members if not member.alive]
    return _refusal(
        Rule.NO_LEADER,
        operation,
        host,
        "the datastore has no leader, so no quorum is known of, whoever answers",
        f"start MicroK8s on {', '.join(silent) or 'the control plane nodes that are down'} and "
        "wait for the election, which ends within seconds, then retry; if most voters are gone "
        "for good, recover the quorum (recover-quorum)",
    )


def _strikes_off(members: Sequence[Member], operation: Operation, host: str) -> bool:
    """Whether a dead member is removed: that narrows no margin, and somebody has to be first."""
    is_dead = any(member.host == host and not member.alive for member in members)
    return operation is Operation.REMOVE and is_dead


def _others_down(down: Sequence[str], now: Quorum, operation: Operation, host: str) -> Verdict:
    listed = "is listed as a member but does not answer"
    if len(down) > 1:
        listed = "are listed as members but do not answer"
    return _refusal(
        Rule.OTHERS_DOWN,
        operation,
        host,
        f"{', '.join(down)} {listed} ({now.voters_alive} of {now.voters} voters alive, "
        f"{now.majority} needed)",
        f"start {down[0]} again or remove it first, then retry",
    )


def _judge_join(members: Sequence[Member], host: str) -> Verdict:
    """A new member waits for the one before it; who is listed already changes no vote."""
    if any(member.host == host for member in members) or is_settled(members):
        return Verdict()
    return _unsettled(members, Operation.JOIN, host, "the previous join has not settled")


def _judge(
    members: Sequence[Member], operation: Operation, host: str, *, hands_over: bool
) -> Verdict:
    """Decide of a member that goes, or goes down, in a cluster whose others are all alive."""
    listed = sorted(member.host for member in members)
    if host not in listed:
        return _refusal(
            Rule.NOT_A_MEMBER,
            operation,
            host,
            f"it is not among the {len(listed)} members of the datastore",
            f"name one of {', '.join(listed)}",
        )
    if len(listed) == 1:
        return _refusal(
            Rule.LAST_MEMBER,
            operation,
            host,
            "it is the last member and holds the only copy of the data",
            "add 2 control plane nodes first (beside one, it keeps the only vote), or destroy the "
            "cluster",
        )

    def lost(state: Sequence[Member]) -> Quorum | None:
        begins_with = handed_over(state, host) if hands_over else state
        return _lost(begins_with, operation, host)

    before = states_until_settled(members, favoured=host)
    losing = next((quorum for state in before if (quorum := lost(state))), None)
    if losing is None:
        return Verdict()
    if not is_settled(members) and lost(settle(members)) is None:
        return _unsettled(members, operation, host, "dqlite is still moving roles")
    return _refusal(
        Rule.QUORUM_WOULD_BE_LOST,
        operation,
        host,
        f"{losing.voters_alive} of {losing.voters} voters would remain alive, "
        f"{losing.majority} are needed",
        _way_out(members, operation, host),
    )


def _lost(members: Sequence[Member], operation: Operation, host: str) -> Quorum | None:
    """Return the first count without quorum, while the operation goes on or after it."""
    states = (underway(members, operation, host), apply_operation(members, operation, host))
    return next((found for found in map(count, states) if not found.has_quorum), None)


def _unsettled(members: Sequence[Member], operation: Operation, host: str, what: str) -> Verdict:
    now, full = count(members), expected(len(members))
    return _refusal(
        Rule.NOT_SETTLED,
        operation,
        host,
        f"{what} ({now.voters} of {full.voters} voters)",
        "it settles within about a minute; nothing is to be done",
    )


def _way_out(members: Sequence[Member], operation: Operation, host: str) -> str:
    """Return what widens the margin, from what there is."""
    others = [member for member in members if member.host != host]
    dead = [member.host for member in others if not member.alive]
    if dead:
        return f"remove {', '.join(dead)} first, or add a control plane node once it is out"
    spares = [m.host for m in others if m.role is not DqliteRole.VOTER]
    if operation is not Operation.STOP and spares:
        return f"remove {spares[0]} first, or add a control plane node first"
    return "add a control plane node first"
