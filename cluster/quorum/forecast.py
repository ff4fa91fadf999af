"""What the guard says to operations in a row, and the margin during each of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cluster.quorum.guard import Rule, Verdict, guard
from cluster.quorum.members import Member, Quorum, count
from cluster.quorum.operations import Operation, apply_operation, underway


@dataclass(frozen=True, slots=True)
class Forecast:
    """What becomes of the members by one operation, or would if it could begin."""

    operation: Operation
    host: str
    verdict: Verdict
    during: Quorum
    """While the operation goes on, before any role moves: the narrowest moment."""
    after: Quorum
    """Once it is over and roles have settled."""


def forecast(
    members: Sequence[Member],
    operations: Iterable[tuple[Operation, str]],
    *,
    has_leader: bool = True,
) -> Iterator[Forecast]:
    """Yield what becomes of the members by each operation, after those before it.

    One that is refused is not done, so those behind it are judged without it; one that only has
    to wait until roles have settled is done.
    """
    for operation, host in operations:
        after = apply_operation(members, operation, host)
        verdict = guard(members, operation, host, has_leader=has_leader)
        yield Forecast(
            operation,
            host,
            verdict,
            count(underway(members, operation, host), has_leader=has_leader),
            count(after, has_leader=has_leader),
        )
        if verdict.allowed or verdict.rule is Rule.NOT_SETTLED:
            members = after


def narrowest(quorums: Iterable[Quorum]) -> Quorum | None:
    """Return the quorum that survives least; ``None`` where there is none."""
    return min(quorums, key=lambda quorum: quorum.tolerance, default=None)
