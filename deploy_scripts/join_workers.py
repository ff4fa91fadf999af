"""Join hosts to the cluster as workers, in parallel batches."""

from collections.abc import Mapping, Sequence
from typing import Any

from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.api_endpoints import PUBLISH_SECONDS, await_endpoints
from deploy_scripts.microk8s.join_token import join_urls
from deploy_scripts.microk8s.joining import SETTLE_SECONDS, bring_back, explain, join
from deploy_scripts.microk8s.leaving import undo_join
from deploy_scripts.microk8s.looking import (
    JOIN_SECONDS,
    listed_nodes,
    look_at_nodes,
    node_of,
    roles_of,
    wait_for,
)

INTERRUPTIBLE = False
UNDO = "does"
BATCH = 5
"""Workers that join at once: each takes a request of the seed's cluster agent."""


def apply(
    fleet: Fleet,
    *,
    seed: str,
    hosts: Sequence[str],
    batch: int = BATCH,
    settle_seconds: float = SETTLE_SECONDS,
    publish_seconds: float = PUBLISH_SECONDS,
) -> None:
    """Join every host that is not a Ready worker yet; each with a fresh token of its own."""
    pending = fleet.pending(hosts)
    # In this order: a join left running by an earlier attempt has ended before the nodes are read.
    roles = roles_of(fleet, pending)
    seen = listed_nodes(fleet, seed=seed, purpose="join workers")
    await_endpoints(fleet, seed=seed, seen=seen, seconds=publish_seconds)
    for start in range(0, len(pending), batch):
        _join_batch(fleet, seed, pending[start : start + batch], roles, seen, settle_seconds)


def undo(fleet: Fleet, *, seed: str, hosts: Sequence[str], batch: int = BATCH) -> None:
    """Take the workers out again, one after the other; ``batch`` is for joining only."""
    del batch
    lost = [host for host in hosts if host in fleet.lost]  # their seed strikes them out
    for host in (*fleet.pending(hosts), *lost):
        fleet.mark_done(host, undo_join(fleet, seed=seed, host=host))


def _join_batch(
    fleet: Fleet,
    seed: str,
    hosts: Sequence[str],
    roles: Mapping[str, Mapping[str, Any]],
    seen: Mapping[str, Any],
    seconds: float,
) -> None:
    joiners = [host for host in hosts if not is_ready_worker(seen, host)]
    joiners = [host for host in joiners if _needs_join(fleet, host, roles[host], seen)]
    if joiners:
        with join_urls(fleet, seed=seed, joiners=joiners) as urls:
            _, failures = fleet.try_run(
                join,
                on=joiners,
                timeout=JOIN_SECONDS,
                urls=urls,
                addresses={host: fleet.node_address(host) for host in joiners},
                worker=True,
            )
    else:
        failures = ()
    failed = {failure.host for failure in failures}
    _settle(fleet, seed, [host for host in hosts if host not in failed], seconds)
    if failures:
        raise explain(failures, f"cannot join {', '.join(sorted(failed))} as workers")


def _needs_join(fleet: Fleet, host: str, role: Mapping[str, Any], seen: Mapping[str, Any]) -> bool:
    """True when the host is to be joined; brings a half-joined one back to a fresh MicroK8s."""
    if role["role"] == "worker" and node_of(seen, host):
        return False  # joined by an attempt that was lost; it only has to become Ready
    if role["role"] != "standalone":
        bring_back(fleet, host, role)
    return True


def _settle(fleet: Fleet, seed: str, hosts: Sequence[str], seconds: float) -> None:
    waiting = set(hosts)

    def all_ready(seen: dict[str, Any]) -> bool:
        for host in sorted(waiting):
            if is_ready_worker(seen, host):
                waiting.discard(host)
                fleet.mark_done(host, "Ready")
        return not waiting

    try:
        wait_for(
            lambda: look_at_nodes(fleet, seed=seed),
            all_ready,
            seconds=seconds,
            otherwise="cannot see every worker Ready",
        )
    except Transient as error:
        raise Transient(
            f"{error}: {', '.join(sorted(waiting))} not Ready",
            advice="look at journalctl -u snap.microk8s.daemon-kubelite on those hosts",
        ) from error


def is_ready_worker(seen: Mapping[str, Any], host: str) -> bool:
    """True when Kubernetes lists the host as a worker that is Ready."""
    node = node_of(seen, host)
    return node is not None and node["role"] == "worker" and bool(node["ready"])
