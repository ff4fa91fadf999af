"""What a cluster is to be, as a file of it says; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cluster.addon_names import argument, canonical
from cluster.spec import DEDICATED_TAINT, ZONE_LABEL, Cluster, Environment, Host, Node, Role


@dataclass(frozen=True, slots=True)
class Wanted:
    """A cluster as a file declares it: its nodes, their marks, its addons and its channel."""

    control_plane: tuple[str, ...]
    channel: str
    environment: Environment
    workers: tuple[str, ...] = ()
    addons: tuple[str, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    taints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)
    host_keys: Mapping[str, str] = field(default_factory=dict)
    prune: bool = False
    """Whether nodes and addons that it does not name go; labels and taints of its nodes do."""

    @property
    def roles(self) -> dict[str, Role]:
        """What each host is to be, by name."""
        return dict.fromkeys(self.control_plane, Role.CONTROL_PLANE) | dict.fromkeys(
            self.workers, Role.WORKER
        )

    @property
    def is_separated(self) -> bool:
        """Whether each control plane node keeps workloads off."""
        return all(DEDICATED_TAINT in self.taints.get(host, ()) for host in self.control_plane)

    def new(self, cluster: Cluster, role: Role) -> list[str]:
        """Return the hosts of a role that are no nodes yet."""
        return [
            host
            for host, wanted in self.roles.items()
            if wanted is role and host not in cluster.nodes
        ]

    def gone(self, cluster: Cluster) -> list[str]:
        """Return the nodes that it does not name, workers first."""
        nodes = (*cluster.workers, *cluster.control_plane)
        return [host for host in nodes if host not in self.roles]

    def marked(self, node: Node, host: Host | None) -> Node:
        """Return a node with the labels and taints that it is to have.

        A label that the inventory gives its host stays where the file does not speak of it.
        """
        own = inventory_labels(host)
        labels = dict(self.labels.get(node.host, {}))
        kept = {key: value for key, value in node.labels.items() if key in own}
        taints = tuple(dict.fromkeys(self.taints.get(node.host, ())))
        labels = kept | labels
        return replace(
            node,
            labels=node.labels if labels == node.labels else labels,
            taints=node.taints if set(taints) == set(node.taints) else taints,
        )

    def enabled(self, cluster: Cluster) -> list[str]:
        """Return the addons that are not recorded as it wants them."""
        recorded = {canonical(addon): argument(addon) for addon in cluster.addons}
        return [addon for addon in self.addons if recorded.get(canonical(addon)) != argument(addon)]

    def agreed(self, cluster: Cluster) -> frozenset[str]:
        """Return the names of the addons that are recorded as it wants them."""
        return frozenset(map(canonical, self.addons)).difference(
            map(canonical, self.enabled(cluster))
        )

    def disabled(self, cluster: Cluster) -> list[str]:
        """Return the names of the addons that are recorded, and that it does not name."""
        names = set(map(canonical, self.addons))
        return [canonical(addon) for addon in cluster.addons if canonical(addon) not in names]

    def behind(self, cluster: Cluster) -> dict[str, str]:
        """Return the channels of the nodes that stay and follow another one, by host."""
        return {
            host: node.channel
            for host, node in cluster.nodes.items()
            if node.channel != self.channel and (host in self.roles or not self.prune)
        }


def inventory_labels(host: Host | None) -> dict[str, str]:
    """Return the labels that a host brings along when it becomes a node."""
    if host is None:
        return {}
    return ({ZONE_LABEL: host.zone} if host.zone else {}) | dict(host.labels)
