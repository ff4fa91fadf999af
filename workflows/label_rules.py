"""What is to be said of labels and taints that nodes are to have: findings; pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cluster.findings import Finding, warning
from cluster.names import place_of
from cluster.spec import DEDICATED_TAINT, ZONE_LABEL, Cluster, Node
from workflows.cluster_rules import led
from workflows.removal_rules import takes_pods

OPPOSITES = (("labels", "unlabel"), ("taints", "untaint"))


def contradictions(params: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield param, node and sentence of what is asked for and taken back in one request."""
    for wanted, off in OPPOSITES:
        for host, names in (params.get(off) or {}).items():
            given = (params.get(wanted) or {}).get(host, ())
            places = set(given) if wanted == "labels" else {place_of(taint) for taint in given}
            for name in sorted(places.intersection(names)):
                yield off, host, f"cannot set {name} on {host} and take it off as well: name one"
    yield from _zones(params)
    yield from _dedicated(params)


def _zones(params: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for host, zone in (params.get("zones") or {}).items():
        label = (params.get("labels") or {}).get(host, {}).get(ZONE_LABEL, zone)
        if label != zone:
            yield "zones", host, f"cannot have {host} in zones {zone} and {label}: name one"
        if ZONE_LABEL in (params.get("unlabel") or {}).get(host, ()):
            yield "zones", host, f"cannot have {host} in zone {zone} and take {ZONE_LABEL} off"


def _dedicated(params: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield where one node is told otherwise than ``dedicated`` tells all of them."""
    dedicated, place = params.get("dedicated"), place_of(DEDICATED_TAINT)
    told = "untaint" if dedicated else "taints"
    for host, taints in (params.get(told) or {}).items():
        if dedicated is not None and place in map(place_of, taints):
            yield told, host, f"cannot say dedicated: {str(dedicated).lower()} and otherwise here"


def labelled(cluster: Cluster, wanted: Sequence[Node]) -> Iterator[Finding]:
    """Yield what is to be said of nodes that become as they are wanted."""
    yield from led(cluster)
    left = cluster.plus(*wanted)
    took = [host for host in cluster.nodes if takes_pods(cluster, host)]
    takes = [host for host in left.nodes if takes_pods(left, host)]
    if took and not takes:
        yield warning(
            "no-node-takes-workloads",
            f"with these taints no node of cluster {cluster.name} takes workloads any more, and "
            f"{', '.join(took)} did: pods that do not tolerate them find no place, and NoExecute "
            "evicts those that run",
            "leave one node without such a taint, or add a worker first (add-nodes)",
            field="/params",
        )
