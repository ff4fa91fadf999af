"""What a cluster's shape has to fulfil: findings on hosts, topology, environment and size."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from cluster.actions import Action
from cluster.findings import Finding, Severity, refusal, warning
from cluster.node_addresses import unfit
from cluster.observation import SeenMember
from cluster.quorum import explain
from cluster.spec import Cluster, Environment, Host, Phase, Topology
from cluster.versions import is_strict, track_of
from workflows.plan import Scope
from workflows.sites import start_one

MANY_NODES, TOO_MANY_NODES = 20, 30


def taken_name(cluster: Cluster, scope: Scope) -> Finding:
    """Return what refuses a new cluster whose name one has already."""
    job = scope.jobs.get(scope.name)
    if job and scope.record and scope.record.phase is Phase.FORMING:
        return refusal(
            "cluster-exists",
            f"cluster {scope.name} is being formed: job {job} is at work on it",
            "wait for that job, or cancel it and roll it back; or choose another name",
            field="/cluster",
            actions=(Action.FOLLOW_JOB.of(job=job),),
        )
    if cluster.phase is Phase.FORMING:
        return refusal(
            "cluster-exists",
            f"cluster {scope.name} exists already: job {cluster.made_by} began to form it, and "
            "rests",
            "retry that job, or roll it back; or choose another name",
            field="/cluster",
            actions=(Action.SHOW_JOB.of(job=cluster.made_by),),
        )
    if cluster.phase is Phase.DESTROYING and scope.destroyed_by:
        return replace(being_destroyed(scope), code="cluster-exists")
    return refusal(
        "cluster-exists",
        f"cluster {scope.name} exists already: {_counted(tuple(cluster.nodes))}, {cluster.phase}",
        "choose another name, or look at the one that there is",
        field="/cluster",
        actions=(Action.SHOW_CLUSTER.of(cluster=scope.name),),
    )


def not_formed(cluster: Cluster) -> Finding:
    """Return what refuses a change of a cluster that a job began to form, and rests."""
    return refusal(
        "cluster-not-formed",
        f"cluster {cluster.name} is not formed yet, and job {cluster.made_by}, which is to form "
        "it, does not go on by itself",
        "retry that job, or roll it back",
        actions=(Action.SHOW_JOB.of(job=cluster.made_by),),
        field="/cluster",
    )


def being_destroyed(scope: Scope) -> Finding:
    """Return what refuses a change of a cluster that a job takes apart, or began to."""
    job = scope.destroyed_by
    if scope.cluster is None:
        begun = scope.record and scope.record.phase is Phase.DESTROYING
        return refusal(
            "cluster-destroying",
            f"cluster {scope.name} is {'being' if begun else 'to be'} destroyed by job {job}",
            "wait until it is gone; if it is to stay, cancel that job and roll it back before the "
            "first node is taken out",
            field="/cluster",
            actions=(Action.FOLLOW_JOB.of(job=job),),
        )
    return refusal(
        "cluster-destroying",
        f"cluster {scope.name} is being destroyed: job {job} began to take it apart, and rests",
        "retry that job, or destroy the cluster anew",
        field="/cluster",
        actions=(
            Action.SHOW_JOB.of(job=job),
            Action.PLAN_CHANGE.of(kind="destroy-cluster", cluster=scope.name),
        ),
    )


def all_alive(cluster: Cluster, *, besides: str = "") -> Iterator[Finding]:
    """Members change only while all that are listed answer, as far as is known.

    ``besides`` is a host of which somebody else judges.
    """
    seen = cluster.observation
    if seen is None:
        return
    yield from led(cluster)
    for row in seen.dead():
        if (name := row.name) and row.host != besides:
            yield refusal(
                "dead-member-listed",
                f"{name} is a member of cluster {cluster.name}'s datastore, and did not answer "
                "when it was last seen",
                f"start MicroK8s on {name} and look again: clusterwright change verify "
                f"{cluster.name} --wait" + _or_strike_off(cluster, row),
                host=row.host or None,
                field="/cluster",
                actions=(Action.SHOW_CLUSTER.of(cluster=cluster.name),),
            )


def led(cluster: Cluster) -> Iterator[Finding]:
    """Yield that the datastore had no leader, so that nothing can be written, if it was seen so."""
    seen = cluster.observation
    if seen is None or seen.has_leader:
        return
    dead = [row.name for row in seen.dead()]
    gone = ",".join(row.host for row in seen.dead() if row.host in cluster.control_plane)
    yield refusal(
        "no-leader-seen",
        f"cluster {cluster.name} had no leader of its datastore when it was last seen, so nothing "
        "can be written to it, and nobody can join or leave",
        f"start MicroK8s on {', '.join(dead) or 'the control plane nodes that are down'}, then "
        f"look again: clusterwright change verify {cluster.name} --wait"
        + (
            f"; if those never come back: clusterwright plan recover-quorum {cluster.name} --lost "
            f"{gone} --confirm {cluster.name} --dead-are-off"
            if gone
            else ""
        ),
        field="/cluster",
        actions=(Action.SHOW_CLUSTER.of(cluster=cluster.name),),
    )


def _or_strike_off(cluster: Cluster, row: SeenMember) -> str:
    """Return how a dead member is removed, which nobody can without a leader."""
    if cluster.observation is None or not cluster.observation.has_leader:
        return ""
    if row.host not in cluster.control_plane:
        return ", or remove it from the datastore first"
    return (
        "; if it never comes back: clusterwright change remove-node "
        f"{cluster.name} --node {row.host} --force --wait"
    )


def shape(wanted: Cluster, topology: Topology) -> Iterator[Finding]:
    """The topology that is asked for must fit the numbers."""
    count = len(wanted.control_plane)
    pointer = "/params/control_plane"
    if count == 2:
        yield refusal(
            "two-control-planes",
            explain(2),
            "name 1 control plane node and a worker, or 3 control plane nodes",
            field=pointer,
        )
    elif topology is Topology.SINGLE and count != 1:
        yield refusal(
            "topology-mismatch",
            f"topology single has 1 control plane node, {count} are named",
            "leave topology out, or say ha or separated",
            field="/params/topology",
        )
    elif topology is not Topology.SINGLE and count < 3:
        yield refusal(
            "topology-mismatch",
            f"topology {topology} needs 3 control plane nodes, {count} named",
            "name 3 control plane nodes, or say topology single",
            field="/params/topology",
        )
    if topology is Topology.SEPARATED and not wanted.workers:
        yield refusal(
            "no-workers",
            "topology separated taints its control plane nodes, and no worker is named",
            "name 2 workers or more, or say topology ha",
            field="/params/workers",
        )
    yield from strict_channel(wanted.channel)


def addresses(wanted: Cluster, hosts: Mapping[str, Host]) -> Iterator[Finding]:
    """Every node needs an address of its own, at which the others reach it."""
    known: dict[str, list[str]] = {}
    pointers = {
        name: f"/params/{role}/{place}"
        for role, names in (("control_plane", wanted.control_plane), ("workers", wanted.workers))
        for place, name in enumerate(names)
        if name in hosts
    }
    for name, pointer in pointers.items():
        host = hosts[name]
        address = host.node_address or host.address
        known.setdefault(address, []).append(name)
        if why := unfit(address):
            given = "its node_address" if host.node_address else "its address, without another"
            yield refusal(
                "node-address-unusable",
                f"host {name} has {address} as {given}: {why}, at which no other node reaches it",
                "say at which address the other nodes reach it",
                host=name,
                field=pointer,
                actions=(Action.CHANGE_HOST.of(host=name),),
            )
    for address, twins in known.items():
        if len(twins) > 1 and not unfit(address):
            yield refusal(
                "node-address-duplicate",
                f"hosts {', '.join(twins)} have the same node address {address}",
                "give each a node_address of its own, at which the other nodes reach it (virtual "
                "machines behind NAT often share one)",
                field=pointers[twins[-1]],
            )


def advice(wanted: Cluster, topology: Topology, hosts: Mapping[str, Host]) -> Iterator[Finding]:
    """What the environment, the size and the guide have to say."""
    count, nodes = len(wanted.control_plane), len(wanted.nodes)
    if wanted.environment is Environment.PROD and count < 3:
        yield refusal(
            "prod-without-ha",
            f"environment prod with {count} control plane node{'' if count == 1 else 's'} does not "
            "survive a failure",
            "name 3 control plane nodes, or accept prod-without-ha",
            field="/params/control_plane",
            acceptable=True,
        )
    if wanted.environment is Environment.STAGING and count < 3:
        yield warning(
            "staging-without-ha",
            f"environment staging is meant to have 3 control plane nodes, {count} named",
            "name 3 control plane nodes to rehearse what prod does",
        )
    if count >= 4:
        yield warning(
            "more-than-three-control-planes",
            f"{explain(count)} (the guide counts (n-1)/2 and asks for odd numbers; dqlite keeps 3)",
            "3 control plane nodes and workers are cheaper; more are hot spares",
        )
    if topology is Topology.SEPARATED and len(wanted.workers) == 1:
        yield warning(
            "one-worker",
            "1 worker beside tainted control plane nodes: its loss stops every workload",
            "name 2 workers or more",
        )
    if nodes > TOO_MANY_NODES:
        yield refusal(
            "too-many-nodes",
            f"{nodes} nodes: beyond {TOO_MANY_NODES} MicroK8s is not the right distribution",
            "use another distribution, or accept too-many-nodes",
            field="/params/workers",
            acceptable=True,
        )
    elif nodes > MANY_NODES:
        yield warning(
            "many-nodes",
            f"{nodes} nodes: dqlite is comfortable up to {MANY_NODES}",
            "watch the datastore's latency",
        )
    yield from latest_track(wanted.channel)
    zones = {hosts[name].zone for name in wanted.control_plane if name in hosts}
    if count >= 3 and len(zones) == 1 and "" not in zones:
        yield warning(
            "one-zone",
            f"every voter stands in zone {zones.pop()}",
            "spread the control plane nodes over zones",
        )


def strict_channel(channel: str) -> Iterator[Finding]:
    """Yield what refuses the strictly confined snap."""
    if is_strict(channel):
        yield refusal(
            "strict-channel",
            f"channel {channel} is the strictly confined snap, which is not supported",
            "use the classic channel, for example 1.32/stable",
            field="/params/channel",
        )


def latest_track(channel: str) -> Iterator[Finding]:
    """Yield what is to be said of a track that stays at no minor version."""
    if track_of(channel) == "latest":
        yield warning(
            "latest-track",
            "track latest jumps minor versions",
            "name a track, for example 1.32/stable",
        )


def site_findings(sites: Collection[str], unserved: Collection[str]) -> Iterator[Finding]:
    """Of the sites at which a change's hosts stand; ``unserved`` are those without a worker."""
    for site in sorted(set(sites) & set(unserved)):
        yield Finding(
            "no-worker-at-site",
            Severity.WARN,
            f"no Celery worker serves site {site}, so the change would wait until one does",
            start_one(site),
        )
    if len(sites) > 1:
        yield refusal(
            "many-sites",
            f"the hosts stand at {len(sites)} sites ({', '.join(sorted(sites))}), and one "
            "cluster is reached from one",
            "name hosts of one site",
            field="/params/control_plane",
        )


def _counted(nodes: Sequence[str]) -> str:
    return f"{len(nodes)} node{'' if len(nodes) == 1 else 's'}"
