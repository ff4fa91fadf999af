"""Whether hosts may be stored as somebody says: not over a node, a running job, or no way there."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cluster.actions import Action, AdvisedError
from cluster.host_faults import HostFault
from cluster.jumps import all_behind, check
from cluster.spec import Host
from workflows.host_changes import CONNECTION, HostValues, MissingFields, changes, in_words
from workflows.reach import Reach

JUMPS = "cw:jumps"
"""The jump host of each host that has one: a second copy, to ask who goes through a host."""
FIXED_IN_A_CLUSTER = ("address", "port", "node_address", "site")
"""What must not change while a host is a node: MicroK8s does not survive a new address."""


class HostInUse(AdvisedError):
    """The host belongs to a cluster or is a jump host, so it cannot be deleted or moved."""


class HostHeld(AdvisedError):
    """A job is being carried out that logs in to the host, or goes through it; ``job`` is its id.

    What the job was planned with must not change behind its back.
    """

    def __init__(self, message: str, job: str) -> None:
        super().__init__(message, Action.FOLLOW_JOB.of(job=job), Action.CANCEL_JOB.of(job=job))
        self.job = job


class HostsRefused(Exception):
    """Hosts that were to be stored together were not; ``reasons`` has why, by host."""

    def __init__(self, reasons: Mapping[str, Exception]) -> None:
        super().__init__("; ".join(map(str, reasons.values())))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class PutHost:
    """A host as it is stored now, and what was ``known`` before; ``None`` for a new one."""

    host: Host
    known: Host | None
    changes: Mapping[str, Mapping[str, Any]]


def checked(
    pipe: Any,
    reach: Reach,
    rows: Sequence[HostValues],
    before: Sequence[Host | None],
    refusal: Callable[[Host | None, Host], Exception | None],
) -> list[PutHost]:
    """Return the hosts as they would be; ``before`` is what they are.

    What they rest on is read by ``pipe``, and watched. Raises ``HostsRefused``.
    """
    incomplete: dict[str, Exception] = {}
    puts = []
    for row, known in zip(rows, before, strict=True):
        try:
            host = row.onto(known)
        except MissingFields as error:
            incomplete[row.name] = error
            continue
        puts.append(PutHost(host, known, changes(known, host) if known else {}))
    clusters = {known.name: known.cluster for known in before if known}
    stored: dict[str, str] = pipe.hgetall(JUMPS)
    wanted = {put.host.name: put.host for put in puts}
    jumps = {name: jump for name, jump in stored.items() if name not in wanted}
    jumps |= {name: host.jump for name, host in wanted.items() if host.jump}
    around = {host.jump for host in wanted.values()}
    around |= {name for name, jump in jumps.items() if jump in wanted}
    sites = _sites(pipe, sorted(around - set(wanted)))

    def reason_against(put: PutHost) -> Exception | None:
        try:
            reach.check(put.host)
            if reason := refusal(put.known, put.host):
                return reason
            if put.known:
                _refuse_move(put.known, put.host)
                _refuse_held(pipe, put.host.name, put.changes, stored, clusters)
            if jumps and not incomplete:
                # Of two hosts of the list, the one that names the other is at fault.
                ahead = {name: wanted[name].site for name in (put.host.jump,) if name in wanted}
                check(put.host, jumps, sites | ahead)
        except (HostFault, HostInUse, HostHeld) as error:
            return error
        return None

    found = {put.host.name: reason_against(put) for put in puts}
    reasons = incomplete | {name: reason for name, reason in found.items() if reason}
    if reasons:
        raise HostsRefused(reasons)
    return puts


def _sites(pipe: Any, names: Iterable[str]) -> dict[str, str]:
    """Return the sites of those hosts that exist, which may not change before all is stored."""
    found = {}
    for name in filter(None, names):
        pipe.watch(f"cw:host:{name}")
        site = pipe.hget(f"cw:host:{name}", "site")
        if site:
            found[name] = json.loads(site)
    return found


def _refuse_move(known: Host, wanted: Host) -> None:
    before, after = known.as_dict(), wanted.as_dict()
    for field in FIXED_IN_A_CLUSTER:
        if known.cluster and before[field] != after[field]:
            if known.reserved_by:
                raise HostInUse(
                    f"cannot change {field} of host {known.name} from {before[field]} to "
                    f"{after[field]}: job {known.reserved_by} has reserved it for cluster "
                    f"{known.cluster}; look at that job",
                    Action.SHOW_JOB.of(job=known.reserved_by),
                )
            raise HostInUse(
                f"cannot change {field} of host {known.name} from {before[field]} to "
                f"{after[field]}: it belongs to cluster {known.cluster}; MicroK8s nodes cannot "
                "move, so remove it from the cluster first"
            )


def _refuse_held(
    pipe: Any,
    name: str,
    found: Mapping[str, Mapping[str, Any]],
    jumps: Mapping[str, str],
    clusters: dict[str, str],
) -> None:
    """Refuse another way to a host while a job holds it, or one that is reached through it.

    ``clusters`` has the clusters of hosts that were read, and are watched, and gets further ones.
    """
    frozen = {field: row for field, row in found.items() if field in CONNECTION}
    if not frozen:
        return
    for reached in (name, *all_behind(name, jumps)):
        if reached not in clusters:
            pipe.watch(f"cw:host:{reached}")
            clusters[reached] = pipe.hget(f"cw:host:{reached}", "cluster") or ""
        cluster = clusters[reached]
        if not cluster:
            continue
        pipe.watch(f"cw:holder:{cluster}")
        job = pipe.get(f"cw:holder:{cluster}")
        if job:
            through = "" if reached == name else f", which reaches {reached} through it"
            raise HostHeld(
                f"cannot change {in_words(frozen)} of host {name}: job {job} of cluster {cluster} "
                f"is being carried out{through}; wait until it is finished, or cancel it",
                job,
            )
