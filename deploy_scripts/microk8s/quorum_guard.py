"""Asks the quorum guard, from a fresh look at the members, whether a step or a part may begin.

Before a step, and before its undo, it is asked for all hosts whose membership they change. A step
that goes on in batches asks again before each of them.
"""

from collections.abc import Sequence

from cluster.quorum import UNDONE_BY, Operation, Verdict, guard_each, handed_over
from deploy_scripts.fleet.errors import StepError, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.facts import HostRole
from deploy_scripts.microk8s.observing import observe

TAKING_OUT = frozenset({Operation.LEAVE, Operation.REMOVE})


def require_quorum(
    fleet: Fleet, operation: Operation, hosts: Sequence[str], *, control_plane: Sequence[str]
) -> None:
    """Return if ``operation`` may be done to the hosts, one after the other.

    ``control_plane`` are the members to ask. A host that an attempt which was cut off has taken out
    already takes nothing with it a second time. Raises ``Transient`` where waiting may help, and
    ``StepError`` where it does not.
    """
    seen = observe(fleet, control_plane=control_plane, workers=[])
    if operation in TAKING_OUT and seen.has_leader:
        listed = {member.host for member in seen.listed}
        hosts = [host for host in hosts if host in listed]
    _require(guard_each(seen.listed, operation, hosts, has_leader=seen.has_leader))


def require_quorum_to_undo(
    fleet: Fleet, operation: Operation, hosts: Sequence[str], *, control_plane: Sequence[str]
) -> None:
    """The same, before ``operation`` is undone; whoever did not become a member has no vote.

    Hosts that were given up as lost are not asked, and others do not wait for them. Where no member
    has MicroK8s any more there is no datastore left to harm.
    """
    back = UNDONE_BY.get(operation)
    if back is None:
        return
    asked = _with_microk8s(fleet, [host for host in control_plane if host not in fleet.lost])
    if not asked:
        return
    seen = observe(fleet, control_plane=asked, workers=[])
    given_up = fleet.lost.difference(hosts)
    members, changed = [m for m in seen.listed if m.host not in given_up], list(hosts)
    if back is Operation.LEAVE and seen.has_leader:
        listed = {member.host for member in members}
        changed = [host for host in changed if host in listed]
        for host in changed:
            members = list(handed_over(members, host))
    _require(guard_each(members, back, changed, has_leader=seen.has_leader))


def _with_microk8s(fleet: Fleet, hosts: Sequence[str]) -> list[str]:
    """Return the hosts that have MicroK8s, or do not say."""
    found, _ = fleet.try_facts(HostRole, on=hosts) if hosts else ({}, ())
    return [host for host in hosts if host not in found or found[host]["role"] != "not-installed"]


def _require(verdict: Verdict) -> None:
    if verdict.allowed:
        return
    kind = Transient if verdict.settling else StepError
    raise kind(verdict.reason, advice=verdict.advice)
