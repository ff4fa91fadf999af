"""Join hosts to the cluster as workers, in parallel batches."""

from collections.abc import Mapping, Sequence
from typing import Any

from deploy_scripts.fleet.errors import NotYet, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.api_endpoints import await_endpoints
from deploy_scripts.microk8s.facts import HostRole
from deploy_scripts.microk8s.join_token import join_urls
from deploy_scripts.microk8s.joining import bring_back, explain, join
from deploy_scripts.microk8s.leaving import undo_join
from deploy_scripts.microk8s.looking import (
    AGAIN_SECONDS,
    JOIN_SECONDS,
    LOOK_SECONDS,
    listed_nodes,
    look_at_nodes,
    look_until,
    node_of,
    roles_of,
)
from deploy_scripts.microk8s.role_parser import UNKNOWN
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
UNDO = "does"
ASKS = False
BATCH = 5
"""Workers that join at once: each takes a request of the seed's cluster agent."""
JOINED = frozenset({"worker", UNKNOWN})
ADVICE = "look at journalctl -u snap.microk8s.daemon-kubelite on those hosts"


def apply(
    fleet: Fleet,
    *,
    before: Before,
    seed: str,
    hosts: Sequence[str],
    batch: int = BATCH,
    look_seconds: float = LOOK_SECONDS,
) -> Result:
    """Join every host that is not a Ready worker yet; each with a fresh token of its own.

    Raises ``NotYet`` when those of a batch have joined and are not Ready in ``look_seconds``; a
    step that waits looks once, and goes on with the next batch when they are.
    """
    if before.has_waited:
        _see_ready(fleet, seed, hosts, 0)
    pending = fleet.pending(hosts)
    # In this order: a join left running by an earlier attempt has ended before the nodes are read.
    roles = roles_of(fleet, pending)
    seen = listed_nodes(fleet, seed=seed, purpose="join workers")
    await_endpoints(fleet, seed=seed, seen=seen, seconds=look_seconds)
    for start in range(0, len(pending), batch):
        _join_batch(fleet, seed, pending[start : start + batch], roles, seen, look_seconds)
    return Result()


def undo(
    fleet: Fleet, *, before: Before, seed: str, hosts: Sequence[str], batch: int = BATCH
) -> Result:
    """Take the workers out again, one after the other; ``batch`` is for joining only."""
    del batch, before
    lost = [host for host in hosts if host in fleet.lost]  # their seed strikes them out
    for host in (*fleet.pending(hosts), *lost):
        fleet.mark_done(host, undo_join(fleet, seed=seed, host=host))
    return Result()


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
    unjoined = _see_ready(fleet, seed, [host for host in hosts if host not in failed], seconds)
    if failures:
        raise explain(failures, f"cannot join {', '.join(sorted(failed))} as workers")
    if unjoined:
        raise Transient(
            f"cannot see every worker Ready: {', '.join(unjoined)} not Ready, and nothing on "
            f"{'it' if len(unjoined) == 1 else 'them'} shows the join that was reported",
            advice=ADVICE,
        )


def _needs_join(fleet: Fleet, host: str, role: Mapping[str, Any], seen: Mapping[str, Any]) -> bool:
    """True when the host is to be joined; brings a half-joined one back to a fresh MicroK8s."""
    if role["role"] == "worker" and node_of(seen, host):
        return False  # joined by an attempt that was lost; it only has to become Ready
    if role["role"] != "standalone":
        bring_back(fleet, host, role)
    return True


def _see_ready(fleet: Fleet, seed: str, hosts: Sequence[str], seconds: float) -> list[str]:
    """Look until the hosts are Ready workers; return those that have not even joined.

    Raises ``NotYet`` while one has joined and is not Ready.
    """
    seen, _ = look_until(
        lambda: look_at_nodes(fleet, seed=seed),
        lambda now: not _not_ready(fleet, now, hosts),
        seconds=seconds,
    )
    waiting = _not_ready(fleet, seen, hosts)
    joined = _that_joined(fleet, seen, waiting) if waiting else []
    if joined:
        raise NotYet(
            f"{', '.join(joined)} not Ready",
            after=AGAIN_SECONDS,
            otherwise="cannot see every worker Ready",
            advice=ADVICE,
        )
    return waiting


def _not_ready(fleet: Fleet, seen: Mapping[str, Any], hosts: Sequence[str]) -> list[str]:
    """Return those of the hosts that are not Ready; the others are done."""
    waiting = []
    for host in fleet.pending(hosts):
        if is_ready_worker(seen, host):
            fleet.mark_done(host, "Ready")
        else:
            waiting.append(host)
    return waiting


def _that_joined(fleet: Fleet, seen: Mapping[str, Any], hosts: Sequence[str]) -> list[str]:
    """Return those whose own files say that they joined, or that are listed and do not answer."""
    found, _ = fleet.try_facts(HostRole, on=list(hosts))
    return [
        host
        for host in hosts
        if (found[host]["role"] in JOINED if host in found else node_of(seen, host))
    ]


def is_ready_worker(seen: Mapping[str, Any], host: str) -> bool:
    """True when Kubernetes lists the host as a worker that is Ready."""
    node = node_of(seen, host)
    return node is not None and node["role"] == "worker" and bool(node["ready"])
