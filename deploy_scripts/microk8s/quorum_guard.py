"""Asks the quorum guard, from a fresh look at the members, whether a step or a part may begin.

Before a step, and before its undo, it is asked for all hosts whose membership they change. A step
that changes one after the other asks again before each of them.
"""

from collections.abc import Callable, Sequence

from cluster.observation import Observation
from cluster.quorum import TAKING_OUT, UNDONE_BY, Operation, Rule, Verdict, guard_each
from deploy_scripts.fleet.errors import NotYet, StepError, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.facts import HostRole
from deploy_scripts.microk8s.looking import AGAIN_SECONDS, LOOK_SECONDS, look_until
from deploy_scripts.microk8s.observing import observe


def require_quorum(
    fleet: Fleet,
    operation: Operation,
    hosts: Sequence[str],
    *,
    control_plane: Sequence[str],
    look_seconds: float = LOOK_SECONDS,
) -> None:
    """Return if ``operation`` may be done to the hosts, one after the other.

    ``control_plane`` are the members to ask. A host that an attempt which was cut off has taken out
    already takes nothing with it a second time. While dqlite moves roles it looks again for
    ``look_seconds``, and raises ``NotYet`` then. Raises ``Transient`` where somebody may help
    meanwhile, and ``StepError`` where waiting does not.
    """

    def judged() -> Verdict:
        seen = observe(fleet, control_plane=control_plane, workers=[])
        return guard_each(
            seen.listed, operation, _still_in(seen, operation, hosts), has_leader=seen.has_leader
        )

    _require(judged, look_seconds)


def require_quorum_to_undo(
    fleet: Fleet,
    operation: Operation,
    hosts: Sequence[str],
    *,
    control_plane: Sequence[str],
    look_seconds: float = LOOK_SECONDS,
) -> None:
    """The same, before ``operation`` is undone; whoever did not become a member has no vote.

    Hosts that were given up as lost are not asked, and others do not wait for them, but their votes
    count while they are listed. A member that leaves hands its vote over, as MicroK8s does where it
    is stopped gracefully. Where no member has MicroK8s any more there is no datastore left to harm.
    """
    back = UNDONE_BY.get(operation)
    if back is None:
        return
    asked = _with_microk8s(fleet, [host for host in control_plane if host not in fleet.lost])
    if not asked:
        return

    def judged() -> Verdict:
        seen = observe(fleet, control_plane=asked, workers=[])
        return guard_each(
            seen.listed,
            back,
            _still_in(seen, back, hosts),
            has_leader=seen.has_leader,
            given_up=fleet.lost,
            hands_over=True,
        )

    _require(judged, look_seconds)


def _still_in(seen: Observation, operation: Operation, hosts: Sequence[str]) -> Sequence[str]:
    """Return the hosts that an operation is still to be done to."""
    if operation not in TAKING_OUT or not seen.has_leader:
        return hosts
    listed = {member.host for member in seen.listed}
    return [host for host in hosts if host in listed]


def _with_microk8s(fleet: Fleet, hosts: Sequence[str]) -> list[str]:
    """Return the hosts that have MicroK8s, or do not say."""
    found, _ = fleet.try_facts(HostRole, on=hosts) if hosts else ({}, ())
    return [host for host in hosts if host not in found or found[host]["role"] != "not-installed"]


def _require(judged: Callable[[], Verdict], look_seconds: float) -> None:
    verdict, _ = look_until(
        judged, lambda now: now.rule is not Rule.NOT_SETTLED, seconds=look_seconds
    )
    if verdict.allowed:
        return
    if verdict.rule is Rule.NOT_SETTLED:
        cannot, _, why = verdict.reason.partition(": ")
        raise NotYet(why, after=AGAIN_SECONDS, otherwise=cannot, advice=verdict.advice)
    kind = Transient if verdict.settling else StepError
    raise kind(verdict.reason, advice=verdict.advice)
