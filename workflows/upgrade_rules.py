"""What an upgrade passes, which nodes go together, and what is to be said of it; pure."""

from collections.abc import Iterator, Mapping

from cluster import versions
from cluster.findings import Finding, Severity, warning
from cluster.spec import Cluster
from workflows.cluster_rules import all_alive, latest_track, strict_channel
from workflows.turn_rules import api_away, in_turn, no_place

CHANNEL = "/params/channel"
MANY_LEGS = 2
"""More than so many are a long way."""
MOST_BEHIND = 3
"""Minors that a kubelet may be older than the API server (Kubernetes' version skew policy)."""


def minors(cluster: Cluster) -> dict[str, int | None]:
    """Return the minor of each node, by host: its channel's, or else the version that was seen."""
    seen = cluster.observation.nodes if cluster.observation else None
    running = {row.host: versions.minor_of_version(row.version) for row in seen or ()}
    found = {host: versions.minor_of_channel(node.channel) for host, node in cluster.nodes.items()}
    return {host: running.get(host) if at is None else at for host, at in found.items()}


def legs(cluster: Cluster, channel: str) -> tuple[str, ...]:
    """Return the channels that an upgrade passes; none where every node follows the last."""
    behind = [host for host, node in cluster.nodes.items() if node.channel != channel]
    known = minors(cluster)
    return versions.legs([known[host] for host in behind], channel) if behind else ()


def groups(
    cluster: Cluster, leg: str, channel: str, max_unavailable: int
) -> Iterator[tuple[str, ...]]:
    """Return the nodes that are refreshed together in a leg: each member alone, its leader last.

    Members that run the leg's version already come first: a job that goes on has refreshed them,
    and the datastore may have another leader by now.
    """
    known = minors(cluster)
    behind = {
        host: node
        for host, node in cluster.nodes.items()
        if versions.is_behind(known[host], node.channel, leg, channel)
    }
    return in_turn(cluster, behind, max_unavailable, first=_seen_at(cluster, leg))


def _seen_at(cluster: Cluster, leg: str) -> set[str | None]:
    """Return the hosts that were seen to run the minor of a channel, or a newer one."""
    seen, there = cluster.observation, versions.minor_of_channel(leg)
    return {
        row.host
        for row in (seen.nodes if seen else None) or ()
        if there is not None and (versions.minor_of_version(row.version) or 0) >= there
    }


def upgrade(
    cluster: Cluster, channel: str, *, max_unavailable: int, drains: bool
) -> Iterator[Finding]:
    """Yield what is to be said of an upgrade."""
    yield from strict_channel(channel)
    yield from latest_track(channel)
    way = legs(cluster, channel)
    if not way:
        return
    yield from all_alive(cluster)
    known = {host: minor for host, minor in minors(cluster).items() if minor is not None}
    yield from _downgrade(cluster, channel, known)
    yield from _skew(cluster, known)
    if len(way) > MANY_LEGS:
        yield warning(
            "many-minors",
            f"{len(way)} minor versions are passed ({', '.join(way)}), and each node is refreshed "
            "at each of them",
            "read the release notes of each; upgrade by fewer at a time",
            field=CHANNEL,
        )
    yield from api_away(
        cluster,
        "a control plane node is refreshed, and there is no way back from it",
        "choose an hour at which nobody needs the API, or add control plane nodes first",
        field=CHANNEL,
    )
    if drains:
        last = groups(cluster, way[-1], channel, max_unavailable)
        yield from no_place(cluster, last, "refreshed")


def _downgrade(cluster: Cluster, channel: str, known: Mapping[str, int]) -> Iterator[Finding]:
    there = versions.minor_of_channel(channel)
    newer = [host for host, minor in known.items() if there is not None and minor > there]
    if newer:
        top = max(known[host] for host in newer)
        yield Finding(
            "downgrade",
            Severity.REFUSE,
            f"{', '.join(newer)} {'is' if len(newer) == 1 else 'are'} at 1.{top} already, and "
            f"channel {channel} is older: what a newer Kubernetes has stored an older one may not "
            "read",
            f"ask for 1.{top}/stable, or restore a backup into a new cluster",
            field=CHANNEL,
        )


def _skew(cluster: Cluster, known: Mapping[str, int]) -> Iterator[Finding]:
    """Yield how far the nodes are apart before anything is done."""
    members = [known[host] for host in cluster.control_plane if host in known]
    workers = [known[host] for host in cluster.workers if host in known]
    if len({*members, *workers}) < 2:
        return
    told = ", ".join(f"{host} at 1.{minor}" for host, minor in list(known.items())[:10])
    low, high = min(members, default=0), max(members, default=0)
    too_wide = high - low > 1 or any(minor > low or high - minor > MOST_BEHIND for minor in workers)
    if members and too_wide:
        yield Finding(
            "version-skew-too-wide",
            Severity.REFUSE,
            f"the nodes are further apart than Kubernetes allows: {told}",
            "look why; those that are behind go up first, so accept version-skew-too-wide to have "
            "the upgrade bring them together",
            acceptable=True,
            field="/cluster",
        )
    else:
        yield Finding(
            "version-skew",
            Severity.INFO,
            f"the nodes are at different minors ({told}): those behind go up first",
            "",
        )
