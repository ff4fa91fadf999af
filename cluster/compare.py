"""Every difference between the inventory, the datastore and Kubernetes, as a finding."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cluster.findings import Finding, Severity
from cluster.observation import SILENT_SECONDS, Observation, SeenMember, SeenNode

DATASTORE_PORT = 19001


def compare(
    seen: Observation, roles: Mapping[str, str], addresses: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield every difference between the inventory, the datastore and Kubernetes.

    ``roles`` says what each host should be: ``control-plane`` or ``worker``.
    """
    if seen.has_leader:
        yield from _members(seen.members, roles, addresses)
    else:
        yield from _leaderless(seen.members, roles)
    if seen.nodes is None:
        why = seen.nodes_error
        yield finding(
            "api-unavailable",
            "the Kubernetes API does not answer" + (f": {why}" if why else ""),
            "look at journalctl -u snap.microk8s.daemon-kubelite on the control plane nodes",
        )
        return
    yield from _nodes(seen.nodes, roles, addresses)


def _leaderless(members: Sequence[SeenMember], roles: Mapping[str, str]) -> Iterator[Finding]:
    """Say that nobody leads; the list is a file then, and too old to tell who is missing.

    Nothing can be removed from the datastore either, so nobody is advised to.
    """
    silent = [row for row in members if row.host in roles and not row.alive]
    down = ", ".join(row.name for row in silent)
    yield finding(
        "no-leader",
        "the datastore has no leader: it accepts no change of its members, and no write",
        f"start MicroK8s on {down or 'the control plane nodes that are down'}, or wait for the "
        "election if all of them run; it ends within seconds",
    )
    for row in silent:
        yield finding(
            "dead-member",
            f"{row.host} is listed as {row.role} but does not answer at {row.address}",
            f"start MicroK8s on {row.host}",
            host=row.host,
        )


def _members(
    members: Sequence[SeenMember], roles: Mapping[str, str], addresses: Mapping[str, str]
) -> Iterator[Finding]:
    listed = {row.host: row for row in members}
    for row in members:
        if row.host is None or row.host not in roles:
            yield finding(
                "ghost-member",
                f"the datastore lists {row.address}, which is no node of this cluster",
                f"remove it: microk8s remove-node {row.address.rsplit(':', 1)[0]} --force",
                measured=row.address,
            )
        elif roles[row.host] == "worker":
            yield finding(
                "wrong-role",
                f"{row.host} is a member of the datastore and should be a worker",
                "remove it and join it with --worker",
                host=row.host,
            )
        elif not row.alive:
            yield finding(
                "dead-member",
                f"{row.host} is listed as {row.role} but does not answer at {row.address}",
                f"start MicroK8s on {row.host}, or remove it from the cluster",
                host=row.host,
            )
    for host, role in roles.items():
        if role == "control-plane" and host not in listed:
            yield finding(
                "missing-member",
                f"{host} ({addresses[host]}:{DATASTORE_PORT}) is not a member of the datastore",
                "join it, or look at journalctl -u snap.microk8s.daemon-k8s-dqlite on it",
                host=host,
            )


def _nodes(
    nodes: Sequence[SeenNode], roles: Mapping[str, str], addresses: Mapping[str, str]
) -> Iterator[Finding]:
    by_host = {row.host: row for row in nodes if row.host}
    by_name = {row.name: row for row in nodes}
    versions = {row.version for row in nodes}
    for row in nodes:
        if row.host not in roles and row.name not in roles:
            yield finding(
                "ghost-node",
                f"Kubernetes lists node {row.name} ({row.address}), which is no node of "
                "this cluster",
                f"remove it: microk8s remove-node {row.name}",
                measured=row.name,
            )
    for host, role in roles.items():
        node = by_host.get(host)
        if node is None and host in by_name:
            yield finding(
                "wrong-address",
                f"node {host} has address {by_name[host].address}, not {addresses[host]}",
                "set the kubelet's --node-ip to the inventory's address and restart kubelite",
                host=host,
                measured=by_name[host].address,
                needed=addresses[host],
            )
        elif node is None:
            yield finding(
                "missing-node",
                f"Kubernetes does not list {host} ({addresses[host]})",
                "look at journalctl -u snap.microk8s.daemon-kubelite on it",
                host=host,
            )
        else:
            yield from _node(host, role, node)
    if len(versions) > 1:
        yield finding(
            "version-differs",
            f"the nodes run different versions: {', '.join(sorted(versions))}",
            "refresh the older ones",
            severity=Severity.WARN,
            measured=sorted(versions),
        )


def _node(host: str, role: str, node: SeenNode) -> Iterator[Finding]:
    if node.role != role:
        yield finding(
            "wrong-role",
            f"node {node.name} is a {node.role} node and should be a {role} node",
            "remove it and join it again with the right role",
            host=host,
            measured=node.role,
            needed=role,
        )
    if node.condition == "True" and not node.ready:
        yield _silent(host, node)
    elif not node.ready:
        yield finding(
            "not-ready",
            f"node {node.name} is not Ready",
            f"wait, then look at microk8s kubectl describe node {node.name}",
            host=host,
        )


def _silent(host: str, node: SeenNode) -> Finding:
    """Say that Kubernetes calls a node Ready of which nothing was heard for too long."""
    ago, wrong_clock = node.heard_ago, f"compare 'date +%s' on {host} and on the seed"
    if ago is not None and ago < 0:
        message = f"node {node.name} renews its lease {-ago} s ahead of the seed's clock"
        advice = f"set the clocks right: {wrong_clock}"
    else:
        since = "ever" if ago is None else f"for {ago} s"
        message = (
            f"node {node.name} is called Ready, but its kubelet has not been heard of {since}; "
            f"{SILENT_SECONDS} s at most are right"
        )
        advice = (
            f"look at journalctl -u snap.microk8s.daemon-kubelite on {host}; if it runs, "
            f"{wrong_clock}"
        )
    return finding("silent-node", message, advice, host=host, measured=ago, needed=SILENT_SECONDS)


def finding(
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
