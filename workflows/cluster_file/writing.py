"""Writes a cluster's file, as its record and the inventory have it; pure."""

from collections.abc import Mapping
from typing import Any

import yaml

from cluster.addon_names import canonical
from cluster.spec import Cluster, Host, Node
from workflows.cluster_file.schema import VERSION


def file_text(cluster: Cluster, hosts: Mapping[str, Host]) -> str:
    """Return a cluster's file; read again, it asks for nothing that is not so.

    Its nodes stand in the order in which they came, so the first control plane node is the seed.
    """
    return yaml.safe_dump(file_of(cluster, hosts), sort_keys=False, allow_unicode=True, width=1000)


def file_of(cluster: Cluster, hosts: Mapping[str, Host]) -> dict[str, Any]:
    """Return what the file says, as plain values; what is empty is left out."""
    whole = {
        "apiVersion": VERSION,
        "name": cluster.name,
        "environment": str(cluster.environment),
        "channel": cluster.channel,
        "addons": list({canonical(addon): addon for addon in cluster.addons}.values()),
        "hosts": {name: _row(node, hosts.get(name)) for name, node in cluster.nodes.items()},
    }
    return {name: value for name, value in whole.items() if value}


def _row(node: Node, host: Host | None) -> dict[str, Any]:
    row: dict[str, Any] = {"role": str(node.role)}
    if host:
        row |= {"address": host.address, "host_key": host.host_key}
    row |= {"labels": dict(node.labels), "taints": list(node.taints)}
    return {name: value for name, value in row.items() if value}
