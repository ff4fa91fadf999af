"""What is changed of a node that stays one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from cluster.drift import lost_labels, lost_taints
from cluster.names import place_of
from cluster.observation import SeenNode
from cluster.quorum import VOTERS, Operation, expected
from cluster.spec import Cluster, Node, Role
from workflows.plan import Guard, Step
from workflows.retry import Retry
from workflows.steps.joins import SETTLE_SECONDS
from workflows.steps.words import counted
from workflows.writes import SetNode

NOTHING_SEEN: Mapping[str, SeenNode] = MappingProxyType({})
MOST_NAMED = 4
"""So many channels stand in a title."""
DRAIN_SECONDS = 600.0
"""How long pods may take to leave a node; a disruption budget may keep them for ever."""
REBOOT_SECONDS = 900.0
"""How long a host may take to boot and its node to be Ready; servers test their memory for long."""
REFRESH_SECONDS = 1200.0
"""How long a node may take to be Ready once it is refreshed, as MicroK8s' own tests allow it."""


def label_nodes(
    cluster: Cluster, wanted: Sequence[Node], seen: Mapping[str, SeenNode] = NOTHING_SEEN
) -> list[Step]:
    """Give nodes the labels and taints that they are to have; nothing where they have them.

    What the record has, and what nodes were ``seen`` without, is given to them again.
    """
    lost = {node.host: _lost(node, seen.get(node.host)) for node in wanted}
    changed = [node for node in wanted if node != cluster.nodes[node.host] or any(lost[node.host])]
    if not changed:
        return []
    pairs = [(cluster.nodes[node.host], node) for node in changed]
    args: dict[str, Any] = {
        "seed": cluster.seed,
        "labels": {
            new.host: {
                key: value
                for key, value in new.labels.items()
                if old.labels.get(key) != value or key in lost[new.host][0]
            }
            for old, new in pairs
        },
        "taints": {
            new.host: [
                taint
                for taint in new.taints
                if taint not in old.taints or taint in lost[new.host][1]
            ]
            for old, new in pairs
        },
        "labels_off": {
            new.host: [key for key in old.labels if key not in new.labels] for old, new in pairs
        },
        "taints_off": {
            new.host: [place_of(taint) for taint in old.taints if _is_off(taint, new)]
            for old, new in pairs
        },
    }
    for name in ("labels", "taints", "labels_off", "taints_off"):
        args[name] = {host: row for host, row in args[name].items() if row}
    hosts = tuple(node.host for node in changed)
    what = " and ".join(
        word for word in ("label", "taint") if args[f"{word}s"] or args[f"{word}s_off"]
    )
    step = Step(
        "label_nodes",
        f"{what.capitalize()} {counted(hosts)}",
        hosts,
        args,
        quorum=expected(len(cluster.control_plane)),
        writes=tuple(map(SetNode, changed)),
    )
    return [step]


def _lost(node: Node, seen: SeenNode | None) -> tuple[dict[str, str], list[str]]:
    return (lost_labels(node, seen), lost_taints(node, seen)) if seen else ({}, [])


def _is_off(taint: str, node: Node) -> bool:
    return place_of(taint) not in map(place_of, node.taints)


def check_apis(cluster: Cluster, minor: int) -> Step:
    """See that nobody uses APIs that Kubernetes 1.``minor`` does not have."""
    hosts = cluster.control_plane
    return Step(
        "check_apis",
        f"See that no API in use is gone in 1.{minor}",
        hosts,
        {"hosts": list(hosts), "minor": minor, "accept": []},
        quorum=expected(len(hosts)),
    )


def check_channels(cluster: Cluster, channels: Sequence[str], *, host: str) -> Step:
    """See through ``host`` that the store has the channels that an upgrade passes."""
    way = ", ".join(channels) if len(channels) <= MOST_NAMED else f"{len(channels)} channels"
    return Step(
        "check_channels",
        f"See that the store has {way}",
        (host,),
        {"host": host, "channels": list(channels), "accept": []},
        quorum=expected(len(cluster.control_plane)),
    )


def cordon_node(cluster: Cluster, host: str, *, seed: str) -> Step:
    """Keep new pods off a node; ``seed`` is a control plane node that does it, and may be it."""
    return _of_node("cordon_node", f"Cordon {host}", cluster, host, seed)


def drain_node(cluster: Cluster, host: str, *, seed: str) -> Step:
    """Move the pods off a node that is cordoned."""
    step = _of_node("drain_node", f"Move the pods off {host}", cluster, host, seed)
    return replace(step, retry=Retry(attempts=2), patience=DRAIN_SECONDS)


def uncordon_node(cluster: Cluster, host: str, *, seed: str, title: str = "") -> Step:
    """Let new pods on a node that this job has cordoned."""
    return _of_node("uncordon_node", title or f"Uncordon {host}", cluster, host, seed)


def _of_node(name: str, title: str, cluster: Cluster, host: str, seed: str) -> Step:
    args = {"seed": seed, "host": host}
    return Step(name, title, (host,), args, quorum=expected(len(cluster.control_plane)))


def refresh_microk8s(cluster: Cluster, hosts: Sequence[str], channel: str, *, seed: str) -> Step:
    """Refresh nodes of one role, all at once, as ``seed`` sees them; members are guarded.

    Below three members none can be missed: there is nothing to guard then, and no way back.
    """
    nodes = [cluster.nodes[host] for host in hosts]
    members = cluster.control_plane if nodes[0].role is Role.CONTROL_PLANE else ()
    has_quorum = len(members) >= VOTERS
    return Step(
        "refresh_without_quorum" if members and not has_quorum else "refresh_microk8s",
        f"Refresh MicroK8s on {counted(hosts)} to {channel}",
        tuple(hosts),
        {"seed": seed, "hosts": list(hosts), "channel": channel, "members": list(members)},
        quorum=expected(len(cluster.control_plane)),
        guard=Guard(Operation.STOP, tuple(hosts), members) if has_quorum else None,
        retry=Retry(attempts=3, base_seconds=5),
        writes=tuple(SetNode(replace(node, channel=channel)) for node in nodes),
        patience=REFRESH_SECONDS,
    )


def upgrade_packages(cluster: Cluster, hosts: Sequence[str]) -> Step:
    """Upgrade the packages of the hosts of nodes, all at once; MicroK8s is none of them."""
    return Step(
        "upgrade_packages",
        f"Upgrade the packages of {counted(hosts)}",
        tuple(hosts),
        {"hosts": list(hosts)},
        quorum=expected(len(cluster.control_plane)),
        retry=Retry(attempts=3, base_seconds=5),
    )


def reboot_hosts(cluster: Cluster, hosts: Sequence[str], *, seed: str) -> Step:
    """Reboot hosts whose nodes are of one role, all at once; members are guarded.

    ``seed`` sees them come back. Below three members none can be missed: nothing to guard then.
    """
    is_member = cluster.nodes[hosts[0]].role is Role.CONTROL_PLANE
    is_guarded = is_member and len(cluster.control_plane) >= VOTERS
    return Step(
        "reboot_hosts",
        f"Reboot {counted(hosts)}",
        tuple(hosts),
        {"seed": seed, "hosts": list(hosts), "is_member": is_member},
        quorum=expected(len(cluster.control_plane)),
        guard=Guard(Operation.STOP, tuple(hosts), cluster.control_plane) if is_guarded else None,
        retry=Retry(attempts=3, base_seconds=5),
        patience=REBOOT_SECONDS,
    )


def refresh_certs_one_by_one(cluster: Cluster, hosts: Sequence[str]) -> list[Step]:
    """Renew certificates of control plane nodes, one after the other, each with its API awaited.

    The guard asks whether the cluster would live on without the node. Fewer than three members
    never do, so there it is not asked: the datastore itself is not restarted.
    """
    quorum = expected(len(cluster.control_plane))
    return [
        Step(
            "refresh_certs",
            f"Renew the certificates of {host}",
            (host,),
            {"host": host},
            quorum=quorum,
            guard=Guard(Operation.STOP, (host,), cluster.control_plane)
            if quorum.tolerance
            else None,
            retry=Retry(attempts=3, base_seconds=5),
            patience=SETTLE_SECONDS,
        )
        for host in hosts
    ]
