"""A change without hosts that are lost for good; pure.

It is narrowed by what its fields mean, and planned by the planner of every change. So numbers of
members and voters, guards and batches are right by themselves, for kinds to come too.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from cluster.meanings import OnlyHost, leave_out
from cluster.spec import Cluster, Host
from workflows.plan import Change, Kind
from workflows.planner import normalised


class NotNarrower(Exception):
    """Without the hosts it is no change of its kind."""


def named_in(kind: Kind, change: Change, hosts: Collection[str]) -> frozenset[str]:
    """Return those of the hosts that a change names."""
    return frozenset(host for host in hosts if _names(kind, change, host))


def _names(kind: Kind, change: Change, host: str) -> bool:
    try:
        return leave_out(kind.form, change.params, {host}) != change.params
    except OnlyHost:
        return True


def narrowed(kind: Kind, change: Change, lost: Collection[str]) -> Change:
    """Return a change without these hosts. Raises ``NotNarrower``."""
    try:
        params = normalised(kind, leave_out(kind.form, change.params, lost))
    except OnlyHost as error:
        raise NotNarrower(str(error)) from None
    except ValidationError as error:
        raise NotNarrower("; ".join(_sentences(error.messages))) from None
    return replace(change, params=params)


def _sentences(messages: Any, field: str = "") -> Iterator[str]:
    """Yield what a schema finds wrong, each with the field that it is about."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _sentences(inner, field if name == "_schema" else f"{field}/{name}")
        return
    for text in messages:
        yield f"{field}: {text}" if field else str(text)


def unseen(cluster: Cluster | None, hosts: Iterable[Host], lost: Collection[str]) -> Cluster | None:
    """Return a cluster as if no lost host had been seen as a member: it is to be taken out first.

    A look that had nothing to do with the job knows a host that was to come by its address alone.
    """
    if cluster is None or cluster.observation is None:
        return cluster
    gone = {host.node_address or host.address for host in hosts if host.name in lost}
    members = tuple(
        row
        for row in cluster.observation.members
        if row.host not in lost and row.address.rsplit(":", 1)[0] not in gone
    )
    return replace(cluster, observation=replace(cluster.observation, members=members))
