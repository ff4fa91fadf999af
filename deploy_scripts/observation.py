"""How a cluster is seen: inventory, dqlite members with liveness, Kubernetes nodes, compared."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from deploy_scripts.errors import Transient
from deploy_scripts.findings import Finding, Severity
from deploy_scripts.fleet import Fleet
from deploy_scripts.microk8s import ClusterView

DATASTORE_PORT = 19001


def observe(
    fleet: Fleet, *, control_plane: Sequence[str], workers: Sequence[str]
) -> dict[str, Any]:
    """Look at the cluster from the first control plane node that answers, checked by a second.

    Raises ``Transient`` when no control plane node answers.
    """
    views, failures = fleet.try_facts(ClusterView, on=list(control_plane[:2]))
    if not views and control_plane[2:]:
        views, more = fleet.try_facts(ClusterView, on=list(control_plane[2:]))
        failures = (*failures, *more)
    if not views:
        raise Transient(
            f"cannot observe the cluster: none of {', '.join(control_plane)} answers",
            failures=tuple(failures),
            advice="start one of the control plane nodes",
        )
    viewers = sorted(views, key=lambda name: (not views[name]["has_leader"], name))
    # Every host of the fleet can be named, also one that is no node, or not one yet.
    addresses = {name: fleet.node_address(name) for name in fleet.names}
    seen = describe(views[viewers[0]], viewer=viewers[0], addresses=addresses)
    expected = dict.fromkeys(control_plane, "control-plane") | dict.fromkeys(workers, "worker")
    findings = [*compare(seen, expected, addresses), *_disagree(viewers, views)]
    return {
        **seen,
        "seen_by": viewers,
        "findings": [finding.as_dict() for finding in findings],
    }


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
    return {"members": members, "nodes": nodes, "leader": view["leader"]}


def compare(
    seen: Mapping[str, Any], roles: Mapping[str, str], addresses: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield every difference between the inventory, the datastore and Kubernetes.

    ``roles`` says what each host should be: ``control-plane`` or ``worker``.
    """
    yield from _members(seen["members"], roles, addresses)
    if seen["nodes"] is None:
        yield _finding(
            "api-unavailable",
            "the Kubernetes API does not answer",
            "look at journalctl -u snap.microk8s.daemon-kubelite on the control plane nodes",
        )
        return
    yield from _nodes(seen["nodes"], roles, addresses)


def _members(
    members: Sequence[Mapping[str, Any]], roles: Mapping[str, str], addresses: Mapping[str, str]
) -> Iterator[Finding]:
    listed = {row["host"]: row for row in members}
    for row in members:
        if row["host"] not in roles:
            yield _finding(
                "ghost-member",
                f"the datastore lists {row['address']}, which is no node of this cluster",
                f"remove it: microk8s remove-node {row['address'].rsplit(':', 1)[0]} --force",
                measured=row["address"],
            )
        elif roles[row["host"]] == "worker":
            yield _finding(
                "wrong-role",
                f"{row['host']} is a member of the datastore and should be a worker",
                "remove it and join it with --worker",
                host=row["host"],
            )
        elif not row["alive"]:
            yield _finding(
                "dead-member",
                f"{row['host']} is listed as {row['role']} but does not answer at {row['address']}",
                f"start MicroK8s on {row['host']}, or remove it from the cluster",
                host=row["host"],
            )
    for host, role in roles.items():
        if role == "control-plane" and host not in listed:
            yield _finding(
                "missing-member",
                f"{host} ({addresses[host]}:{DATASTORE_PORT}) is not a member of the datastore",
                "join it, or look at journalctl -u snap.microk8s.daemon-k8s-dqlite on it",
                host=host,
            )


def _nodes(
    nodes: Sequence[Mapping[str, Any]], roles: Mapping[str, str], addresses: Mapping[str, str]
) -> Iterator[Finding]:
    by_host = {row["host"]: row for row in nodes if row["host"]}
    by_name = {row["name"]: row for row in nodes}
    versions = {row["version"] for row in nodes}
    for row in nodes:
        if row["host"] not in roles and row["name"] not in roles:
            yield _finding(
                "ghost-node",
                f"Kubernetes lists node {row['name']} ({row['address']}), which is no node of "
                "this cluster",
                f"remove it: microk8s remove-node {row['name']}",
                measured=row["name"],
            )
    for host, role in roles.items():
        node = by_host.get(host)
        if node is None and host in by_name:
            yield _finding(
                "wrong-address",
                f"node {host} has address {by_name[host]['address']}, not {addresses[host]}",
                "set the kubelet's --node-ip to the inventory's address and restart kubelite",
                host=host,
                measured=by_name[host]["address"],
                needed=addresses[host],
            )
        elif node is None:
            yield _finding(
                "missing-node",
                f"Kubernetes does not list {host} ({addresses[host]})",
                "look at journalctl -u snap.microk8s.daemon-kubelite on it",
                host=host,
            )
        else:
            yield from _node(host, role, node)
    if len(versions) > 1:
        yield _finding(
            "version-differs",
            f"the nodes run different versions: {', '.join(sorted(versions))}",
            "refresh the older ones",
            severity=Severity.WARN,
            measured=sorted(versions),
        )


def _node(host: str, role: str, node: Mapping[str, Any]) -> Iterator[Finding]:
    if node["role"] != role:
        yield _finding(
            "wrong-role",
            f"node {node['name']} is a {node['role']} node and should be a {role} node",
            "remove it and join it again with the right role",
            host=host,
            measured=node["role"],
            needed=role,
        )
    if not node["ready"]:
        yield _finding(
            "not-ready",
            f"node {node['name']} is not Ready",
            f"wait, then look at microk8s kubectl describe node {node['name']}",
            host=host,
        )


def _disagree(viewers: Sequence[str], views: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Say where a second control plane node sees other members or roles than the first."""
    if len(viewers) < 2 or not all(views[name]["has_leader"] for name in viewers):
        return
    first, second = (
        {(row["address"], row["role"]) for row in views[name]["members"]} for name in viewers[:2]
    )
    if first != second:
        yield _finding(
            "views-differ",
            f"{viewers[0]} and {viewers[1]} see different members or roles",
            "wait for the roles to settle, then look again",
            measured=sorted(f"{address} {role}" for address, role in first ^ second),
        )


def _finding(
    code: str,
    message: str,
    advice: str,
    *,
    host: str | None = None,
    severity: Severity = Severity.REFUSE,
    measured: Any = None,
    needed: Any = None,
) -> Finding:
    return Finding(code, severity, message, advice, host=host, measured=measured, needed=needed)
