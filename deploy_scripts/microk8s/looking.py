"""How a step looks at a cluster from its seed, and waits until it is as it should be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic, sleep, time
from typing import Any, TypeVar

from cluster.compare import compare
from cluster.observation import Observation
from deploy_scripts.fleet.errors import NotYet, Transient
from deploy_scripts.fleet.fleet import FACT_SECONDS, Fleet
from deploy_scripts.microk8s.facts import (
    AWAIT_SECONDS,
    ClusterNodes,
    ClusterView,
    HostRole,
    SettledView,
)
from deploy_scripts.microk8s.observing import describe

JOIN_SECONDS = 420
"""How long a join may take: MicroK8s' own script gives up before."""
PAUSES = (0.05, 0.08, 0.11, 0.17, 0.25, 0.38, 0.57, 0.85, 1.3, 2.0)
"""Seconds between looks: what has waited for longer is looked at less often."""
LOOK_SECONDS = 15.0
"""For so long a step looks by itself; what takes longer is waited for without a Celery worker."""
AGAIN_SECONDS = 10.0
"""Until a step looks again that waits."""
Seen = TypeVar("Seen")


def look(fleet: Fleet, *, seed: str) -> dict[str, Any]:
    """Return the cluster as the seed sees it, with hosts named."""
    return _named(fleet, seed, fleet.facts(ClusterView, on=[seed])[seed])


def look_when_settled(fleet: Fleet, *, seed: str, members: int, voters: int) -> dict[str, Any]:
    """The same, once the seed sees so many members and voters, or ``AWAIT_SECONDS`` later."""
    timeout = FACT_SECONDS + AWAIT_SECONDS
    found = fleet.facts(SettledView, on=[seed], timeout=timeout, members=members, voters=voters)
    return _named(fleet, seed, found[seed])


def _named(fleet: Fleet, seed: str, view: Mapping[str, Any]) -> dict[str, Any]:
    addresses = {name: fleet.node_address(name) for name in fleet.names}
    return describe(view, viewer=seed, addresses=addresses)


def look_at_nodes(fleet: Fleet, *, seed: str) -> dict[str, Any]:
    """Return the Kubernetes nodes as the seed sees them, with hosts named; no members."""
    found = fleet.facts(ClusterNodes, on=[seed])[seed]
    return _named(fleet, seed, {"members": [], "leader": "", "has_leader": False, **found})


def listed_nodes(fleet: Fleet, *, seed: str, purpose: str) -> dict[str, Any]:
    """The same, where absence is to mean something: a list that cannot be read proves nothing."""
    seen = look_at_nodes(fleet, seed=seed)
    if seen["nodes"] is None:
        raise Transient(
            f"cannot {purpose}: the Kubernetes API of {seed} does not answer "
            f"({seen['nodes_error']}), so nobody can tell which nodes there are",
            advice=f"look at journalctl -u snap.microk8s.daemon-kubelite on {seed}",
        )
    return seen


def as_observation(fleet: Fleet, seen: Mapping[str, Any], seed: str) -> Observation:
    """Return what the seed saw as an observation of the control plane as far as it has formed."""
    addresses = {name: fleet.node_address(name) for name in fleet.names}
    roles = {row["host"]: "control-plane" for row in seen["members"] if row["host"] in addresses}
    found = Observation.from_dict({**seen, "seen_by": [seed], "at": time()})
    return replace(found, findings=tuple(compare(found, roles, addresses)))


def role_of(fleet: Fleet, host: str) -> dict[str, Any]:
    """Return what ``host`` is to MicroK8s, once no join runs on it any more."""
    return roles_of(fleet, [host])[host]


def roles_of(fleet: Fleet, hosts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what each host is to MicroK8s, once no join runs on any of them any more.

    Raises ``NotYet`` while one does that an earlier attempt left.
    """
    found, is_over = look_until(
        lambda: fleet.facts(HostRole, on=hosts),
        lambda roles: not any(role["joining"] for role in roles.values()),
        seconds=LOOK_SECONDS,
    )
    if not is_over:
        busy = ", ".join(host for host in hosts if found[host]["joining"])
        raise NotYet(
            f"a join left by an earlier attempt still runs on {busy}",
            after=AGAIN_SECONDS,
            otherwise=f"cannot join {busy}",
        )
    return found


def look_until(
    look_once: Callable[[], Seen], enough: Callable[[Seen], bool], *, seconds: float
) -> tuple[Seen, bool]:
    """Look until it is enough or time runs out; return what was seen last, and whether it is."""
    deadline = monotonic() + seconds
    tries = 0
    while True:
        seen = look_once()
        if enough(seen):
            return seen, True
        if monotonic() >= deadline:
            return seen, False
        sleep(PAUSES[min(tries, len(PAUSES) - 1)])
        tries += 1


def member_of(seen: Mapping[str, Any], host: str) -> dict[str, Any] | None:
    """Return the datastore's entry of ``host``, if it is listed."""
    found: dict[str, Any] | None = next((r for r in seen["members"] if r["host"] == host), None)
    return found


def node_of(seen: Mapping[str, Any], host: str) -> dict[str, Any] | None:
    """Return the Kubernetes node of ``host``, if it is listed."""
    nodes = seen["nodes"] or []
    found: dict[str, Any] | None = next((row for row in nodes if row["host"] == host), None)
    return found
