"""Writes a cluster's file, as its record and the inventory have it; pure."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from cluster.addon_names import canonical
from cluster.spec import Cluster, Host, Node
from workflows.cluster_file.schema import VERSION

A_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.?[0-9]*)(?:[eE][-+]?[0-9]+)?|0o[0-7]+", re.ASCII)
"""What YAML 1.2 reads as one, and PyYAML's YAML 1.1 only partly does."""


def file_text(cluster: Cluster, hosts: Mapping[str, Host]) -> str:
    """Return a cluster's file; read again, it asks for nothing that is not so.

    Its nodes stand in the order in which they came, so the first control plane node is the seed.
    """
    whole = file_of(cluster, hosts)
    text: str = yaml.dump(whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes what any reader of YAML might take for a number: editors read YAML 1.2."""

    def represent_text(self, text: str) -> yaml.ScalarNode:
        style = "'" if A_NUMBER.fullmatch(text) else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)


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
