"""How a cluster is seen: inventory, dqlite members with liveness, Kubernetes nodes, compared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from time import time
from typing import Any

from cluster.compare import DATASTORE_PORT, compare, finding
from cluster.findings import Finding
from cluster.observation import Observation
from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.facts import ClusterView


def observe(fleet: Fleet, *, control_plane: Sequence[str], workers: Sequence[str]) -> Observation:
    """Look at the cluster from the first control plane node that answers, checked by a second.

    Raises ``Transient`` when no control plane node answers.
    """
    views, failures = fleet.try_facts(ClusterView, on=list(control_plane[:2]))
    if control_plane[2:] and not any(view["has_leader"] for view in views.values()):
        # Two that are down or cut off do not know what the others know.
        others, more = fleet.try_facts(ClusterView, on=list(control_plane[2:]))
        views, failures = views | others, (*failures, *more)
    if not views:
        raise Transient(
            f"cannot observe the cluster: none of {', '.join(control_plane)} answers",
            failures=tuple(failures),
            advice="start one of the control plane nodes",
        )
    viewers = sorted(views, key=lambda name: (not views[name]["has_leader"], name))
    # Every host of the fleet can be named, also one that is no node, or not one yet.
    addresses = {name: fleet.node_address(name) for name in fleet.names}
    view = describe(views[viewers[0]], viewer=viewers[0], addresses=addresses)
    seen = Observation.from_dict({**view, "seen_by": viewers, "at": time()})
    expected = dict.fromkeys(control_plane, "control-plane") | dict.fromkeys(workers, "worker")
    found = [*compare(seen, expected, addresses), *_disagree(viewers, views)]
    return replace(seen, findings=tuple(found))


def describe(
    view: Mapping[str, Any], *, viewer: str, addresses: Mapping[str, str]
) -> dict[str, Any]:
    """Name the host behind each member and node of a view."""
    host_at = {address: name for name, address in addresses.items()}

    def host_of(address: str) -> str | None:
        # A node that was never clustered lists itself on the loopback address.
        return viewer if address.startswith("127.") else host_at.get(address)

    members = [
        {"host": host_of(row["address"].rsplit(":", 1)[0]), **row} for row in view["members"]
    ]
    nodes = None
    if view["nodes"] is not None:
        nodes = [{"host": host_of(row["address"]), **row} for row in view["nodes"]]
    return {
        "members": members,
        "nodes": nodes,
        "nodes_error": view.get("nodes_error", ""),
        "leader": view["leader"],
        "has_leader": view["has_leader"],
    }


def _disagree(viewers: Sequence[str], views: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Say where a second control plane node sees other members or roles than the first."""
    if len(viewers) < 2 or not views[viewers[0]]["has_leader"]:
        return
    first, second = (
        {(row["address"], row["role"]) for row in views[name]["members"]} for name in viewers[:2]
    )
    if not views[viewers[1]]["has_leader"]:
        yield finding(
            "views-differ",
            f"{viewers[0]} knows the datastore's leader, and {viewers[1]} knows none",
            f"look at journalctl -u snap.microk8s.daemon-k8s-dqlite on {viewers[1]}, and whether "
            f"it reaches port {DATASTORE_PORT} of the other control plane nodes",
            host=viewers[1],
        )
    elif first != second:
        yield finding(
            "views-differ",
            f"{viewers[0]} and {viewers[1]} see different members or roles",
            "wait for the roles to settle, then look again",
            measured=sorted(f"{address} {role}" for address, role in first ^ second),
        )
