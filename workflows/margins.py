"""What the quorum guard says to the steps of a plan, in their order, and the margin of each; pure.

It is asked again at run time, from a fresh look. Here it is asked on the members as they were last
seen, or as they are to be where nobody saw them, and each step is judged after those before it.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from cluster.actions import Action
from cluster.findings import Finding, Severity
from cluster.quorum import (
    TAKING_OUT,
    DqliteRole,
    Member,
    Operation,
    Quorum,
    Rule,
    Verdict,
    apply_operation,
    count,
    expected_members,
    guard,
    narrowest,
    settle,
    started,
    underway,
)
from workflows.plan import Guard, Scope, Step

TOLD_BY_KINDS = frozenset({"dead-member-listed", "no-leader-seen"})
"""Findings with which the guard's own would only say the same again."""


def with_margins(
    steps: Sequence[Step], scope: Scope, codes: Collection[str]
) -> tuple[tuple[Step, ...], tuple[Finding, ...]]:
    """Return the steps with the margin during each guarded one, and what the guard finds.

    ``codes`` are those of the findings that the plan has already.
    """
    guards = [step.guard for step in steps if step.guard]
    if not guards:
        return tuple(steps), ()
    fold = _Fold(scope.name, *_members(scope, guards[0]))
    judged = tuple(fold.judged(step) for step in steps)
    return judged, () if TOLD_BY_KINDS.intersection(codes) else tuple(fold.findings)


def _members(scope: Scope, first: Guard) -> tuple[tuple[Member, ...], bool]:
    """Return the members before the first guarded step, and whether a leader told them.

    Behind other jobs, and where nobody looked, they are those that the step expects.
    """
    seen = scope.cluster.observation if scope.cluster and not scope.basis.behind else None
    if seen is None:
        return expected_members(first.control_plane), True
    members, seed = seen.listed, first.control_plane[:1]
    if seen.has_leader and not any(member.role is DqliteRole.VOTER for member in members):
        # Somebody voted for the leader: those whom the plan is made without are left out here.
        return expected_members(first.control_plane), True
    if not any(member.is_leader for member in members):
        members = tuple(
            replace(m, is_leader=m.host in seed and m.role is DqliteRole.VOTER) for m in members
        )
    return members, seen.has_leader


@dataclass(slots=True)
class _Fold:
    """The members as the steps so far leave them, and what the guard found."""

    cluster: str
    members: tuple[Member, ...]
    has_leader: bool
    findings: list[Finding] = field(default_factory=list)
    is_refused: bool = False

    def judged(self, step: Step) -> Step:
        """Return a step with its margin; the members are as it leaves them then."""
        if step.guard is None:
            return step
        operation = step.guard.operation
        margins = [self._judge(step, operation, host) for host in self._asked(step.guard)]
        if operation is Operation.STOP:  # the step ends when they are up again
            for host in step.guard.hosts:
                self.members = started(self.members, host)
        return replace(step, quorum_during=narrowest(margins))

    def _asked(self, planned: Guard) -> Iterator[str]:
        """Yield the hosts; as at run time, who is out already takes nothing with it."""
        for host in planned.hosts:
            is_in = any(member.host == host for member in self.members)
            if is_in or planned.operation not in TAKING_OUT:
                yield host

    def _judge(self, step: Step, operation: Operation, host: str) -> Quorum:
        verdict = self._ask(operation, host)
        if verdict.rule is Rule.NOT_SETTLED:
            self._warn(verdict)
            self.members = settle(self.members)
            verdict = self._ask(operation, host)
        during = count(underway(self.members, operation, host), has_leader=self.has_leader)
        if not verdict.allowed:
            self._refuse(step, host, verdict, during)
        self.members = apply_operation(self.members, operation, host)
        return during

    def _ask(self, operation: Operation, host: str) -> Verdict:
        return guard(self.members, operation, host, has_leader=self.has_leader)

    def _warn(self, verdict: Verdict) -> None:
        self.findings.append(
            Finding(
                "roles-not-settled",
                Severity.WARN,
                f"dqlite was still moving roles when cluster {self.cluster} was last seen; by that "
                f"the guard says: {verdict.reason}",
                verdict.advice,
            )
        )

    def _refuse(self, step: Step, host: str, verdict: Verdict, during: Quorum) -> None:
        """Note the first refusal; the later ones follow from it."""
        if self.is_refused:
            return
        self.is_refused = True
        self.findings.append(
            Finding(
                "quorum-would-be-lost",
                Severity.REFUSE,
                f"{verdict.reason} (step {step.title!r}, rule {verdict.rule})",
                verdict.advice,
                host=host,
                field="/cluster",
                measured=during.voters_alive,
                needed=during.majority,
                actions=(Action.SHOW_CLUSTER.of(cluster=self.cluster),),
            )
        )
