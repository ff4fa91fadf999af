"""What a cluster's nodes were last seen to have otherwise than its record says; pure."""

from cluster.findings import Finding
from cluster.observation import SeenNode
from cluster.spec import Cluster, Node

UNMENDED = frozenset(
    {
        *("ghost-member", "dead-member", "missing-member"),
        *("ghost-node", "missing-node", "not-ready", "silent-node"),
        *("wrong-role", "wrong-address", "version-differs"),
    }
)
"""What a look at a cluster finds, and no file of it brings back."""


def seen_marks(cluster: Cluster) -> dict[str, SeenNode]:
    """Return the nodes as they were last seen, by host, if that tells of their labels and taints.

    It does not where a node was written into the record since: what a job has done last was not
    looked at yet.
    """
    seen = cluster.observation
    if seen is None or seen.nodes is None or seen.at <= cluster.marked_at:
        return {}
    return {row.host: row for row in seen.nodes if row.host in cluster.nodes and row.host}


def lost_labels(node: Node, seen: SeenNode) -> dict[str, str]:
    """Return the labels of a node that it was seen without, or with another value."""
    return {key: value for key, value in node.labels.items() if seen.labels.get(key) != value}


def lost_taints(node: Node, seen: SeenNode) -> list[str]:
    """Return the taints of a node that it was seen without."""
    return [taint for taint in node.taints if taint not in seen.taints]


def unmended(cluster: Cluster) -> list[Finding]:
    """Return what the last look found of members and nodes that no file brings back."""
    seen = cluster.observation
    return [row for row in seen.findings if row.code in UNMENDED] if seen else []
