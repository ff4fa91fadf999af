"""How a cluster's file, its record and what was last seen of it differ, row by row; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cluster.addon_drift import changed_addons, lost_addons
from cluster.addon_names import canonical
from cluster.drift import lost_labels, lost_taints, seen_marks
from cluster.spec import Cluster, Host, Node
from cluster.versions import minor_of_channel, minor_of_version
from cluster.wanted import Wanted
from workflows.file_rules import differing_hosts, unwanted_strays
from workflows.kinds import (
    add_nodes,
    create_cluster,
    label_nodes,
    remove_node,
    set_addons,
    upgrade,
)

NOTHING = "-"
"""What stands where there is nothing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not everywhere as the file has it."""

    what: str
    now: str
    """As the record has it, or as it was seen where only that differs."""
    wanted: str
    by: str
    """The kind of change whose steps bring it there; empty where none does."""
    is_seen: bool = False
    """Whether it drifted: the record has what is wanted, and the last observation does not."""
    needs_prune: bool = False
    """Whether it is brought there only with ``prune``."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def differences(
    wanted: Wanted, name: str, cluster: Cluster | None, hosts: Mapping[str, Host]
) -> Iterator[Difference]:
    """Yield every difference; none where the cluster is, and was seen, as the file has it."""
    for host, what, told, known, _ in differing_hosts(wanted, hosts):
        yield Difference(f"host {host} {what}", known, told, "")
    if cluster is None:
        count = len(wanted.roles)
        nodes = f"{count} node{'' if count == 1 else 's'} at {wanted.channel}"
        yield Difference(f"cluster {name}", NOTHING, nodes, create_cluster.KIND.name)
        return
    if wanted.environment is not cluster.environment:
        yield Difference("environment", str(cluster.environment), str(wanted.environment), "")
    yield from _nodes(wanted, cluster)
    for host, node in cluster.nodes.items():
        if host in wanted.roles:
            yield from _marks(node, wanted.marked(node, hosts.get(host)))
    yield from _addons(wanted, cluster)
    for channel in dict.fromkeys(wanted.behind(cluster).values()):
        yield Difference("channel", channel, wanted.channel, upgrade.KIND.name)
    yield from _lost(wanted, cluster, hosts)
    yield from _seen_addons(wanted, cluster)
    yield from _seen(wanted, cluster)


def _nodes(wanted: Wanted, cluster: Cluster) -> Iterator[Difference]:
    for host, role in wanted.roles.items():
        known = cluster.nodes.get(host)
        if known is None:
            yield Difference(f"node {host}", NOTHING, str(role), add_nodes.KIND.name)
        elif known.role is not role:
            yield Difference(f"node {host}", str(known.role), str(role), "")
    for host in wanted.gone(cluster):
        role = cluster.nodes[host].role
        yield Difference(
            f"node {host}", str(role), NOTHING, remove_node.KIND.name, needs_prune=True
        )


def _marks(node: Node, wanted: Node) -> Iterator[Difference]:
    for key in dict.fromkeys((*node.labels, *wanted.labels)):
        now, then = node.labels.get(key), wanted.labels.get(key)
        if now != then:
            yield Difference(
                f"node {node.host} label {key}", _told(now), _told(then), label_nodes.KIND.name
            )
    for taint in dict.fromkeys((*node.taints, *wanted.taints)):
        if (taint in node.taints) != (taint in wanted.taints):
            sides = (taint, NOTHING) if taint in node.taints else (NOTHING, taint)
            yield Difference(f"node {node.host} taint", *sides, label_nodes.KIND.name)


def _told(value: str | None) -> str:
    return NOTHING if value is None else value


def _addons(wanted: Wanted, cluster: Cluster) -> Iterator[Difference]:
    recorded = {canonical(addon): addon for addon in cluster.addons}
    for addon in wanted.enabled(cluster):
        now = recorded.get(canonical(addon), NOTHING)
        yield Difference(f"addon {canonical(addon)}", now, addon, set_addons.KIND.name)
    for name in wanted.disabled(cluster):
        now = recorded[name]
        yield Difference(f"addon {name}", now, NOTHING, set_addons.KIND.name, needs_prune=True)


def _lost(wanted: Wanted, cluster: Cluster, hosts: Mapping[str, Host]) -> Iterator[Difference]:
    """Yield labels and taints that record and file have, and nodes were seen without."""
    by = label_nodes.KIND.name
    for host, row in seen_marks(cluster).items():
        if host not in wanted.roles:
            continue
        node = cluster.nodes[host]
        marked = wanted.marked(node, hosts.get(host))
        for key, value in lost_labels(node, row).items():
            if marked.labels.get(key) == value:
                now = _told(row.labels.get(key))
                yield Difference(f"node {host} label {key}", now, value, by, is_seen=True)
        for taint in lost_taints(node, row):
            if taint in marked.taints:
                yield Difference(f"node {host} taint", NOTHING, taint, by, is_seen=True)


def _seen_addons(wanted: Wanted, cluster: Cluster) -> Iterator[Difference]:
    """Yield addons that record and file agree on, and that were seen otherwise.

    What an addon was seen with is told; for that alone apply disables none that services use.
    """
    by, agreed = set_addons.KIND.name, wanted.agreed(cluster)
    for addon in lost_addons(cluster):
        if canonical(addon) in agreed:
            yield Difference(f"addon {canonical(addon)}", NOTHING, addon, by, is_seen=True)
    for addon, told in changed_addons(cluster).items():
        if canonical(addon) in agreed:
            yield Difference(f"addon {canonical(addon)}", told, addon, "", is_seen=True)
    for addon in unwanted_strays(wanted, cluster):
        what = f"addon {canonical(addon)}"
        yield Difference(what, addon, NOTHING, by, is_seen=True, needs_prune=True)


def _seen(wanted: Wanted, cluster: Cluster) -> Iterator[Difference]:
    """Yield what was seen of nodes otherwise than recorded, and what no change of a file mends."""
    nodes = cluster.observation.nodes if cluster.observation else None
    if nodes is None:
        return
    seen = {row.host: row for row in nodes if row.host}
    for host, node in cluster.nodes.items():
        if host not in wanted.roles:
            continue
        row = seen.get(host)
        if row is None:
            yield Difference(f"node {host}", "not listed", str(node.role), "", is_seen=True)
            continue
        if row.role and row.role != node.role:
            yield Difference(f"node {host}", row.role, str(node.role), "", is_seen=True)
        if not row.ready:
            yield Difference(f"node {host}", "not Ready", "Ready", "", is_seen=True)
        yield from _version(host, node, row.version)
    for row in nodes:
        if row.host not in cluster.nodes and row.name not in cluster.nodes:
            yield Difference(f"node {row.name}", row.role or "listed", NOTHING, "", is_seen=True)


def _version(host: str, node: Node, version: str) -> Iterator[Difference]:
    told, running = minor_of_channel(node.channel), minor_of_version(version)
    if told is not None and running is not None and told != running:
        yield Difference(f"node {host} version", version, node.channel, "", is_seen=True)
