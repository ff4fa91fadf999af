"""Hosts and clusters in Redis."""

import logging
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import redis

from cluster.actions import Action, AdvisedError
from cluster.jumps import MOST_HOPS, BadJump, behind, way
from cluster.spec import Cluster, Host
from workflows.host_changes import HostValues, in_words, whole
from workflows.host_puts import JUMPS, HostInUse, HostsRefused, PutHost, checked
from workflows.inventory_rows import cluster_of, host_of, host_row
from workflows.ledger.ledger import Ledger
from workflows.reach import Reach
from workflows.reserved_hosts import way_out, ways_out, why_reserved

HOSTS, CLUSTERS = "cw:hosts", "cw:clusters"
CHANGES = "cw:inventory"
"""Counts how often hosts were stored and deleted."""
logger = logging.getLogger(__name__)
Row = TypeVar("Row")


class HostNotFound(AdvisedError):
    """No host of that name is in the inventory."""


class ClusterNotFound(AdvisedError):
    """No cluster of that name is known."""


@dataclass(frozen=True, slots=True)
class Part(Generic[Row]):
    """Some of what the inventory has, by name."""

    rows: tuple[Row, ...]
    cursor: str
    """The name after which there is more; empty when there is none."""


class Inventory:
    """The hosts that can be reached, and the clusters that they form."""

    def __init__(self, client: redis.Redis, reach: Reach | None = None) -> None:
        """Without ``reach``, hosts may have every usual address."""
        self.redis = client
        self._reach = reach or Reach()
        self._ledger = Ledger(client)

    def host(self, name: str) -> Host:
        return self.hosts_named([name])[0]

    def hosts_named(self, names: list[str]) -> tuple[Host, ...]:
        """Return these hosts, read in one go. Raises ``HostNotFound`` for the first unknown."""
        rows = self._rows("cw:host:", names)
        for name, row in zip(names, rows, strict=True):
            if not row:
                raise HostNotFound(
                    f"cannot find host {name}: it is not in the inventory",
                    Action.ADD_HOST.of(host=name),
                    Action.LIST_HOSTS.of(),
                )
        return tuple(map(host_of, rows))

    def hosts(self) -> tuple[Host, ...]:
        return self.hosts_after("", None).rows

    def hosts_after(self, name: str, most: int | None, begun: str = "") -> Part[Host]:
        """Return at most so many hosts of those whose names follow ``name``; ``None`` for all.

        Only those whose names begin with ``begun``.
        """
        return self.hosts_among(self._names(HOSTS, begun), name, most)

    def hosts_among(self, names: Sequence[str], after: str, most: int | None) -> Part[Host]:
        """Return at most so many of the hosts of these sorted names that follow ``after``."""
        return self._part(names, "cw:host:", host_of, after, most)

    def hosts_known(self, names: Iterable[str]) -> dict[str, Host]:
        """Return those of these hosts that there are, and what they are reached through."""
        known: dict[str, Host] = {}
        wanted = set(names)
        while wanted:
            rows = self._rows("cw:host:", sorted(wanted))
            found = [host_of(row) for row in rows if row]
            known |= {host.name: host for host in found}
            wanted = {host.jump for host in found if host.jump} - known.keys()
        return known

    def hosts_of(self, cluster: Cluster) -> tuple[Host, ...]:
        """Return the hosts of a cluster, and those that come to it or were seen in it."""
        return tuple(self.hosts_known(members_of(cluster)).values())

    def with_jumps(self, hosts: Iterable[Host]) -> dict[str, Host]:
        """Return ``hosts`` and those that they are reached through, by name.

        Raises ``HostNotFound`` if one of these is unknown, or the way is none.
        """
        known = {host.name: host for host in hosts}
        for _ in range(MOST_HOPS):
            wanted = {host.jump: host.name for host in known.values() if host.jump}
            missing = sorted(set(wanted) - set(known))
            for name, row in zip(missing, self._rows("cw:host:", missing), strict=True):
                if not row:
                    raise HostNotFound(
                        f"cannot reach host {wanted[name]}: its jump host {name} is not in the "
                        "inventory",
                        Action.ADD_HOST.of(host=name),
                    )
                known[name] = host_of(row)
        jumps = {host.name: host.jump for host in known.values() if host.jump}
        try:
            for name in known:
                way(name, jumps)
        except BadJump as error:
            raise HostNotFound(str(error), *error.actions) from error
        return known

    def put_host(
        self,
        host: Host,
        *,
        allow: Callable[[Host | None], object] = lambda known: None,
        by: str = "",
    ) -> bool:
        """Store ``host``; keep the cluster that it belongs to. Return whether it is new.

        ``allow`` is told what is stored so far, and may raise: nothing is stored then.
        A change of a known host is an event, with ``by`` as the id of who asked for it.
        Raises ``OutOfReach`` if no job may connect to it, ``BadJump`` if it cannot be reached
        through what it names, ``HostInUse`` if a node would move, and ``HostHeld`` while a job is
        being carried out that connects to it.
        """

        def refusal(known: Host | None, _: Host) -> None:
            allow(known)

        try:
            (put,) = self.put_hosts([whole(host)], refusal=refusal, by=by)
        except HostsRefused as refused:
            raise refused.reasons[host.name] from None
        return put.known is None

    def put_hosts(
        self,
        rows: Sequence[HostValues],
        *,
        refusal: Callable[[Host | None, Host], Exception | None] = lambda known, host: None,
        by: str = "",
        dry_run: bool = False,
    ) -> list[PutHost]:
        """Store all of these hosts, each of another name, or none; return them in their order.

        ``refusal`` is told what is stored of a host and what would be, and returns why that must
        not be. Jump hosts may stand behind the hosts that name them. A ``dry_run`` stores nothing.
        Raises ``HostsRefused`` with what ``put_host`` would raise of each host.
        """
        names = [row.name for row in rows]
        keys = [f"cw:host:{name}" for name in names]
        puts: list[PutHost] = []

        def store(pipe: Any) -> None:
            nonlocal puts
            # Read by another connection, and watched by this one.
            before = [host_of(row) if row else None for row in self._rows("cw:host:", names)]
            puts = checked(pipe, self._reach, rows, before, refusal)
            pipe.multi()
            for put in () if dry_run else puts:
                self._store(pipe, put, by)

        self.redis.transaction(store, JUMPS, *keys)
        for put in puts:
            if put.changes and not dry_run:
                changed = in_words(put.changes)
                logger.info("token %s changed host %s: %s", by or "-", put.host.name, changed)
        return puts

    def _store(self, pipe: Any, put: PutHost, by: str) -> None:
        host = put.host
        if host.jump:
            pipe.hset(JUMPS, host.name, host.jump)
        else:
            pipe.hdel(JUMPS, host.name)
        pipe.sadd(HOSTS, host.name)
        pipe.incr(CHANGES)
        pipe.hset(f"cw:host:{host.name}", mapping=host_row(host) | {"cluster": host.cluster})
        if put.changes:
            host_change = {"host": host.name, "by": by, "changes": put.changes}
            self._ledger.host_changed(pipe, host.cluster, host_change)

    def delete_host(self, name: str) -> None:
        key = f"cw:host:{name}"

        def delete(pipe: Any) -> None:
            row = pipe.hgetall(key)
            if not row:
                raise HostNotFound(
                    f"cannot delete host {name}: it is not in the inventory", Action.LIST_HOSTS.of()
                )
            if row.get("reserved_by"):
                held = self._ledger.reservation(row["reserved_by"])
                raise HostInUse(
                    f"cannot delete host {name}: {why_reserved('it', row['cluster'], held)}; "
                    f"{way_out(row['cluster'], held)}",
                    *ways_out(row["cluster"], held),
                )
            if row["cluster"]:
                raise HostInUse(
                    f"cannot delete host {name}: it belongs to cluster {row['cluster']}; "
                    "remove it from the cluster first"
                )
            through = behind(name, pipe.hgetall(JUMPS))
            if through:
                raise HostInUse(
                    f"cannot delete host {name}: {', '.join(through)} "
                    f"{'are' if len(through) > 1 else 'is'} reached through it; "
                    "give them another jump host first"
                )
            pipe.multi()
            pipe.srem(HOSTS, name)
            pipe.incr(CHANGES)
            pipe.hdel(JUMPS, name)
            pipe.delete(key)

        self.redis.transaction(delete, key, JUMPS)

    def cluster(self, name: str, before: str = "") -> Cluster:
        """Return a cluster's record; ``before`` the writes of a job, if one is named.

        Raises ``ClusterNotFound``.
        """
        key = f"cw:cluster:{name}"
        row: dict[str, str] = self.redis.hgetall(key)  # type: ignore[assignment]  # sync client
        if not row:
            raise ClusterNotFound(
                f"cannot find cluster {name}: no change has created one of that name",
                Action.LIST_CLUSTERS.of(),
                Action.PLAN_CHANGE.of(kind="create-cluster", cluster=name),
            )
        for place, field, was in self._ledger.replaced_by(before) if before else ():
            if place == key:
                row = {name: text for name, text in row.items() if name != field}
                row |= {field: was} if was is not None else {}
        return cluster_of(row)

    def clusters(self) -> tuple[Cluster, ...]:
        return self.clusters_after("", None).rows

    def clusters_after(self, name: str, most: int | None, begun: str = "") -> Part[Cluster]:
        """Return the clusters whose names follow ``name``, as ``hosts_after`` does."""
        return self._part(self._names(CLUSTERS, begun), "cw:cluster:", cluster_of, name, most)

    def clusters_named(self, names: Sequence[str]) -> tuple[Cluster, ...]:
        """Return those of these clusters that there are, read in one go."""
        return tuple(cluster_of(row) for row in self._rows("cw:cluster:", list(names)) if row)

    def jobs_at_work(self, clusters: Iterable[str]) -> dict[str, str]:
        """Return the job that is at work on a cluster, for each of these that has one."""
        names = sorted(set(clusters))
        found: Any = self.redis.mget([f"cw:holder:{name}" for name in names]) if names else []
        return {name: job for name, job in zip(names, found, strict=True) if job}

    def _names(self, index: str, begun: str) -> list[str]:
        found: Any = self.redis.smembers(index)
        return sorted(name for name in found if name.startswith(begun))

    def _part(
        self,
        names: Sequence[str],
        prefix: str,
        build: Callable[[dict[str, str]], Row],
        after: str,
        most: int | None,
    ) -> Part[Row]:
        left = names[bisect_right(names, after) :]
        taken = left if most is None else left[:most]
        rows = tuple(build(row) for row in self._rows(prefix, list(taken)) if row)
        return Part(rows, taken[-1] if len(taken) < len(left) else "")

    def _rows(self, prefix: str, names: list[str]) -> list[dict[str, str]]:
        with self.redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.hgetall(prefix + name)
            return pipe.execute()


def members_of(cluster: Cluster) -> set[str]:
    """Return the names of a cluster's hosts, and of those that come to it or were seen in it."""
    seen = cluster.observation.hosts if cluster.observation else ()
    return {*cluster.nodes, *cluster.coming, *seen}
