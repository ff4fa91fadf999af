"""Hosts and clusters as Redis has them: one hash each, a field for what can change by itself."""

import json
from collections.abc import Mapping

from cluster.addon_drift import with_addon_findings
from cluster.observation import Observation
from cluster.spec import Cluster, Environment, Host, Node, Phase

WRITTEN_BY_JOBS = ("cluster", "reserved_by")
"""What the ledger alone writes of a host, as plain text."""


def host_row(host: Host) -> dict[str, str]:
    row = host.as_dict()
    return {name: json.dumps(row[name]) for name in row if name not in WRITTEN_BY_JOBS}


def host_of(row: dict[str, str]) -> Host:
    values = {name: json.loads(text) for name, text in row.items() if name not in WRITTEN_BY_JOBS}
    return Host(**values, cluster=row["cluster"], reserved_by=row.get("reserved_by", ""))


def cluster_of(row: Mapping[str, str]) -> Cluster:
    """Read a cluster's hash; what differs between its addons and those seen is found anew."""
    cluster = Cluster(
        name=row["name"],
        environment=Environment(row["environment"]),
        nodes=_nodes(row, "node:"),
        coming=_nodes(row, "coming:"),
        addons=tuple(json.loads(row["addons"])),
        phase=Phase(row["phase"]),
        revision=int(row["revision"]),
        made_by=row["made_by"],
        marked_at=int(row.get("marked_at") or 0) / 1000,
        addons_at=int(row.get("addons_at") or 0) / 1000,
        observation=_observation(row),
        backed_up_at=int(row["backed_up_at"]) / 1000 if row.get("backed_up_at") else None,
    )
    return with_addon_findings(cluster)


def _observation(row: Mapping[str, str]) -> Observation | None:
    """Read how the cluster was last seen; the ledger's clock said when, not the worker's."""
    if not row.get("observation"):
        return None
    at = int(row.get("observed_at") or 0) / 1000
    return Observation.from_dict({**json.loads(row["observation"]), "at": at})


def _nodes(row: Mapping[str, str], prefix: str) -> dict[str, Node]:
    """Return the nodes that stand under a prefix, in the order in which they came."""
    found = {
        name.removeprefix(prefix): json.loads(text)
        for name, text in row.items()
        if name.startswith(prefix)
    }
    ordered = sorted(found, key=lambda host: (found[host].get("place", 0), host))
    return {host: Node.from_dict(host, found[host]) for host in ordered}
