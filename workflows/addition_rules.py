"""What is to be said of hosts that are to be added and are nodes already; pure."""

from collections.abc import Iterator, Mapping

from cluster.findings import Finding, Severity, refusal
from cluster.spec import Cluster, Role


def nodes_already(asked: Mapping[str, Role], cluster: Cluster) -> Iterator[Finding]:
    """Yield which hosts that are to be nodes are some of this cluster, in that role or the other.

    One in the other role refuses: left out in silence, it would not become what was asked for.
    """
    for host, role in asked.items():
        node = cluster.nodes.get(host)
        if node is None:
            continue
        if node.role is role:
            message = (
                f"{host} is a {role} node of cluster {cluster.name} already: it is left as it is"
            )
            yield Finding("node-already", Severity.INFO, message, "", host=host)
            continue
        yield refusal(
            "role-differs",
            f"{host} is a {node.role} node of cluster {cluster.name}, and cannot become a {role} "
            "node: a node keeps its role as long as it is one",
            f"leave it out; or remove it first (clusterwright change remove-node {cluster.name} "
            f"--node {host}), then add it as a {role} node",
            host=host,
            field="/params/control_plane" if role is Role.CONTROL_PLANE else "/params/workers",
        )
