"""What is drawn for receivers: a cluster as it is once its job has succeeded."""

from cluster.drawing.drawn import drawn
from workflows.inventory import ClusterNotFound, Inventory


def drawing_of(inventory: Inventory, name: str) -> str:
    """Return a cluster as text; empty where there is none any more."""
    try:
        cluster = inventory.cluster(name)
    except ClusterNotFound:
        return ""
    return drawn(cluster, inventory.hosts_of(cluster))
