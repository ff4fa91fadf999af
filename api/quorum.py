"""A cluster's quorum, and what would become of it: the arithmetic of what was last observed."""

from collections.abc import Iterator, Sequence
from typing import Any

from api.http.blueprint import invalid
from cluster.quorum import (
    TAKING_OUT,
    VERBS,
    Forecast,
    Member,
    Operation,
    count,
    describe,
    expected_members,
    explain,
    forecast,
    is_settled,
    verb_of,
)
from cluster.spec import Cluster, Role, of_role

Tried = Sequence[tuple[Operation, str]]


def quorum_body(cluster: Cluster, tried: Tried) -> dict[str, Any]:
    """Return how the members stand, and what the guard says to each operation in its turn.

    A cluster that nobody has seen stands as its record says. Raises ``Problem`` where an operation
    is about no member.
    """
    seen = cluster.observation
    members = seen.listed if seen else _meant(cluster)
    has_leader = seen.has_leader if seen else True
    _refuse_strangers(cluster, members, tried)
    now = count(members, has_leader=has_leader)
    return {
        "cluster": cluster.name,
        "basis": "observation" if seen else "record",
        "members": [_member_body(member) for member in members],
        "now": now.as_dict(),
        "summary": describe(now),
        "settled": has_leader and is_settled(members),
        "explain": explain(len(members)),
        "what_if": [
            _forecast_body(told) for told in forecast(members, tried, has_leader=has_leader)
        ],
    }


def _meant(cluster: Cluster) -> tuple[Member, ...]:
    """Return the members of a cluster that stands as it is meant to."""
    return expected_members(of_role(cluster.whole, Role.CONTROL_PLANE))


def _member_body(member: Member) -> dict[str, Any]:
    return {
        "host": member.host,
        "role": str(member.role),
        "alive": member.alive,
        "leader": member.is_leader,
        "domain": member.domain,
    }


def _forecast_body(told: Forecast) -> dict[str, Any]:
    verdict = told.verdict
    return {
        "operation": verb_of(told.operation),
        "host": told.host,
        "allowed": verdict.allowed,
        "rule": str(verdict.rule) if verdict.rule else None,
        "settling": verdict.settling,
        "reason": verdict.reason,
        "advice": verdict.advice,
        "during": told.during.as_dict(),
        "after": told.after.as_dict(),
        "explain": describe(told.after),
    }


def _refuse_strangers(cluster: Cluster, members: Sequence[Member], tried: Tried) -> None:
    """Raise ``Problem`` for operations on hosts that are no members when their turn comes."""
    faults = [
        {"pointer": f"/what_if/{place}", "detail": fault}
        for place, fault in enumerate(_faults(cluster, members, tried))
        if fault
    ]
    if faults:
        raise invalid(faults)


def _faults(cluster: Cluster, members: Sequence[Member], tried: Tried) -> Iterator[str]:
    """Yield for each operation what is wrong with its node; nothing where nothing is."""
    known = {member.host: None for member in members}
    staying = set(known)
    for operation, host in tried:
        verb = verb_of(operation)
        node = cluster.nodes.get(host)
        if node and node.role is Role.WORKER:
            yield (
                f"cannot try {verb}:{host}: {host} is a worker of cluster {cluster.name}, and has "
                f"no vote; name one of {', '.join(known)}"
            )
        elif operation is not Operation.JOIN and host not in known:
            yield (
                f"cannot try {verb}:{host}: {host} is no control plane node of cluster "
                f"{cluster.name}; name one of {', '.join(known) or 'those that you add before'}"
                f" (operations are {', '.join(VERBS)})"
            )
        elif operation is Operation.JOIN and host in staying:
            yield (
                f"cannot try {verb}:{host}: {host} is a control plane node already; name a host "
                "that is none, or remove it before"
            )
        else:
            known[host] = None
            (staying.discard if operation in TAKING_OUT else staying.add)(host)
            yield ""
