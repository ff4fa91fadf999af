"""One builder for each step: it alone knows title, retry, guard, quorum, writes and arguments."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cluster.addon_names import argument, canonical
from cluster.quorum import VOTERS, Operation, expected
from cluster.spec import Cluster, Environment, Node, Phase, Role
from workflows.plan import Guard, Step
from workflows.retry import Retry
from workflows.writes import DropNode, Forget, SetAddons, SetNode, SetPhase

POLICY = {
    Environment.DEV: "lab",
    Environment.STAGING: "standard",
    Environment.PROD: "production",
}
"""Which of preflight's profiles an environment is held to."""
SETTLE_SECONDS = 300.0
"""How long nodes that joined may take to be Ready and dqlite to settle; slow hosts take minutes."""
AGREE_SECONDS = 120.0
"""How long inventory, datastore and Kubernetes may take to agree."""
DRAIN_SECONDS = 600.0
"""How long pods may take to leave a node; a disruption budget may keep them for ever."""
REFRESH_SECONDS = 1200.0
"""How long a node may take to be Ready once it is refreshed, as MicroK8s' own tests allow it."""
SILENCE_SECONDS = 90.0
"""How long a kubelet that has died may take to be silent for long enough: twice 45 s."""


def observe(cluster: Cluster) -> Step:
    """Look at a cluster, so that what follows rests on how it is."""
    return Step(
        "observe",
        f"Look at cluster {cluster.name}",
        tuple(cluster.nodes),
        {"control_plane": list(cluster.control_plane), "workers": list(cluster.workers)},
    )


def preflight(
    roles: Mapping[str, Role],
    environment: Environment,
    channel: str,
    *,
    members: Iterable[str] = (),
) -> Step:
    """Check hosts that are to become nodes, and the network between them.

    ``members`` are those that are nodes already.
    """
    between = " and the network between them" if len(roles) > 1 else ""
    return Step(
        "preflight",
        f"Check {counted(roles)}{between}",
        tuple(roles),
        {
            "roles": _words(roles),
            "policy": POLICY[environment],
            "accept": [],  # the job's own, which may grow with a retry, are added as it runs
            "channel": channel,
            "members": list(members),
        },
        retry=Retry(attempts=2),
    )


def prepare_hosts(roles: Mapping[str, Role]) -> Step:
    """Bring hosts to what MicroK8s needs."""
    args = {"hosts": list(roles), "roles": _words(roles)}
    return Step("prepare_hosts", f"Prepare {counted(roles)}", tuple(roles), args)


def install_microk8s(hosts: Sequence[str], channel: str, *, seed: Node | None = None) -> Step:
    """Install MicroK8s; a ``seed`` is a cluster of one from then on."""
    return Step(
        "install_microk8s",
        f"Install MicroK8s {channel} on {counted(hosts)}",
        tuple(hosts),
        {"hosts": list(hosts), "channel": channel},
        quorum=expected(1) if seed else None,
        retry=Retry(attempts=4, base_seconds=5),
        writes=(SetNode(seed),) if seed else (),
    )


def join_control_plane_one_by_one(cluster: Cluster, joiners: Sequence[Node]) -> list[Step]:
    """Join control plane nodes: each when the one before is a member, and guarded."""
    steps = []
    total = len(cluster.control_plane) + len(joiners)
    for joiner in joiners:
        members = len(cluster.control_plane) + 1
        step = Step(
            "join_control_plane",
            f"Join {joiner.host} as control plane node {members} of {total}",
            (joiner.host,),
            {"seed": cluster.seed, "host": joiner.host, "expected_members": members},
            quorum=expected(members),
            guard=Guard(Operation.JOIN, (joiner.host,), cluster.control_plane),
            writes=(SetNode(joiner),),
            patience=SETTLE_SECONDS,
        )
        steps.append(step)
        cluster = cluster.plus(joiner)
    return steps


def join_workers(cluster: Cluster, joiners: Sequence[Node]) -> Step:
    """Join workers, all at once: they have no vote."""
    hosts = [node.host for node in joiners]
    return Step(
        "join_workers",
        f"Join {counted(hosts)} as worker{'s' if len(hosts) > 1 else ''}",
        tuple(hosts),
        {"seed": cluster.seed, "hosts": hosts},
        quorum=expected(len(cluster.control_plane)),
        writes=tuple(map(SetNode, joiners)),
        patience=SETTLE_SECONDS,
    )


def label_nodes(cluster: Cluster, wanted: Sequence[Node]) -> list[Step]:
    """Give nodes the labels and taints that they are to have; nothing where they have them."""
    changed = [node for node in wanted if node != cluster.nodes[node.host]]
    if not changed:
        return []
    pairs = [(cluster.nodes[node.host], node) for node in changed]
    args: dict[str, Any] = {
        "seed": cluster.seed,
        "labels": {
            new.host: {k: v for k, v in new.labels.items() if old.labels.get(k) != v}
            for old, new in pairs
        },
        "taints": {new.host: [t for t in new.taints if t not in old.taints] for old, new in pairs},
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


def place_of(taint: str) -> str:
    """Return ``key:Effect``, of which a node has one taint at most."""
    head, _, effect = taint.rpartition(":")
    return f"{head.partition('=')[0]}:{effect}"


def _is_off(taint: str, node: Node) -> bool:
    return place_of(taint) not in map(place_of, node.taints)


def leave_one_by_one(cluster: Cluster, hosts: Sequence[str], *, seed: str) -> list[Step]:
    """Take nodes out, one after the other; control plane nodes are guarded."""
    steps = []
    for host in hosts:
        is_member = cluster.nodes[host].role is Role.CONTROL_PLANE
        guard = Guard(Operation.LEAVE, (host,), cluster.control_plane) if is_member else None
        cluster = cluster.without(host)
        step = Step(
            "leave_cluster",
            f"Take {host} out of cluster {cluster.name}",
            (host, seed),
            {"seed": seed, "host": host},
            quorum=expected(len(cluster.control_plane)),
            guard=guard,
            retry=Retry(attempts=3, base_seconds=5),
            writes=(DropNode(host),),
        )
        steps.append(step)
    return steps


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


def remove_dead_node(cluster: Cluster, host: str, *, seed: str) -> Step:
    """Take a node out whose host is dead, without asking the host."""
    is_member = cluster.nodes[host].role is Role.CONTROL_PLANE
    left = cluster.without(host)
    return Step(
        "remove_dead_node",
        f"Take {host}, which is dead, out of cluster {cluster.name}",
        (host, seed),
        {"seed": seed, "host": host},
        quorum=expected(len(left.control_plane)),
        guard=Guard(Operation.REMOVE, (host,), left.control_plane) if is_member else None,
        writes=(DropNode(host),),
        patience=SILENCE_SECONDS,
    )


def begin_destroying(cluster: Cluster) -> Step:
    """Let the record say that the cluster is being destroyed, before a node goes."""
    title = f"Note that cluster {cluster.name} is being destroyed"
    return Step("begin_destroying", title, (), {}, writes=(SetPhase(Phase.DESTROYING),))


def remove_lost(
    cluster: Cluster, hosts: Sequence[str], *, seed: str, members: Sequence[str]
) -> Step:
    """Take hosts that are lost for good, and had begun to join, out of a cluster again.

    ``members`` are those of them that were to be control plane nodes.
    """
    return Step(
        "remove_lost",
        f"See that {counted(hosts)} {'is' if len(hosts) == 1 else 'are'} out of cluster "
        f"{cluster.name}",
        (*hosts, seed),
        {"seed": seed, "hosts": list(hosts)},
        quorum=expected(len(cluster.control_plane)),
        guard=Guard(Operation.REMOVE, tuple(members), cluster.control_plane) if members else None,
        retry=Retry(attempts=3, base_seconds=5),
    )


def free_cluster(hosts: Sequence[str]) -> Step:
    """Free the hosts of a cluster that ends; its record goes when they are as before."""
    return replace(free_hosts(hosts), writes=(Forget(),))


def free_hosts(hosts: Sequence[str], *, cluster: Cluster | None = None) -> Step:
    """Free hosts that are no nodes any more; ``cluster`` is the one that stays, if it does."""
    return Step(
        "remove_microk8s",
        f"Remove MicroK8s from {counted(hosts)}, and what prepared "
        f"{'it' if len(hosts) == 1 else 'them'}",
        tuple(hosts),
        {"hosts": list(hosts)},
        quorum=expected(len(cluster.control_plane)) if cluster else None,
        retry=Retry(attempts=3, base_seconds=5),
    )


def forget_cluster(cluster: Cluster) -> Step:
    """Take a cluster's record away, and touch no host."""
    title = f"Forget cluster {cluster.name}"
    return Step("forget_cluster", title, (), {}, writes=(Forget(),))


def probe_addresses(cluster: Cluster, addons: Sequence[str]) -> list[Step]:
    """See that nobody has the addresses that MetalLB is to give away; nothing without such.

    Those that the cluster's own MetalLB gives away by now are not asked for: it answers for them.
    """
    ranges = next((argument(addon) for addon in addons if canonical(addon) == "metallb"), "")
    if not ranges:
        return []
    own = next((argument(addon) for addon in cluster.addons if canonical(addon) == "metallb"), "")
    args = {"host": cluster.seed, "ranges": ranges, "own": own, "accept": []}
    return [Step("probe_addresses", f"See that nobody has {ranges}", (cluster.seed,), args)]


def disable_addons(cluster: Cluster, addons: Sequence[str]) -> Step:
    """Disable addons, each named with the argument that it was enabled with."""
    names = [canonical(addon) for addon in addons]
    return Step(
        "disable_addons",
        f"Disable {', '.join(names)}",
        (cluster.seed,),
        {"seed": cluster.seed, "addons": list(addons), "hosts": list(cluster.nodes)},
        quorum=expected(len(cluster.control_plane)),
        writes=(SetAddons(others(cluster.addons, addons)),),
    )


def enable_addons(cluster: Cluster, addons: Sequence[str]) -> Step:
    """Enable addons, one after the other."""
    return Step(
        "enable_addons",
        f"Enable {', '.join(addon.split(':')[0] for addon in addons)}",
        (cluster.seed,),
        {"seed": cluster.seed, "addons": list(addons), "hosts": list(cluster.nodes)},
        quorum=expected(len(cluster.control_plane)),
        writes=(SetAddons((*others(cluster.addons, addons), *addons)),),
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


def others(addons: Sequence[str], named: Sequence[str]) -> tuple[str, ...]:
    """Return the addons that are none of those that are named, whatever their arguments."""
    names = set(map(canonical, named))
    return tuple(addon for addon in addons if canonical(addon) not in names)


def verify_quorum(
    cluster: Cluster,
    title: str,
    *,
    workers: Sequence[str] = (),
    phase: Phase | None = None,
    settled: bool = False,
) -> Step:
    """See that datastore, Kubernetes and record agree, and that enough voters are alive.

    ``settled`` says whether every member has to have the role that dqlite is to give it.
    """
    full = expected(len(cluster.control_plane))
    return Step(
        "verify_quorum",
        title,
        (*cluster.control_plane, *workers),
        {
            "control_plane": list(cluster.control_plane),
            "workers": list(workers),
            "voters": full.voters,
        }
        | ({"settled": True} if settled else {}),
        quorum=full,
        retry=Retry(attempts=3, base_seconds=5),
        writes=(SetPhase(phase),) if phase else (),
        patience=AGREE_SECONDS,
    )


def counted(hosts: Sequence[str] | Mapping[str, Any]) -> str:
    """Return hosts for a title: by name while they are few."""
    return ", ".join(hosts) if len(hosts) <= 4 else f"{len(hosts)} hosts"


def _words(roles: Mapping[str, Role]) -> dict[str, str]:
    return {host: str(role) for host, role in roles.items()}
