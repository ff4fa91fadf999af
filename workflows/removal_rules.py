"""What is to be said of a node that is to leave its cluster: findings; pure."""

from collections.abc import Iterator, Mapping

from cluster.actions import Action, Advised
from cluster.addon_names import canonical
from cluster.findings import Finding, Severity, refusal, warning
from cluster.jumps import BadJump, way
from cluster.quorum import explain
from cluster.spec import Cluster, Environment, Host, Role, Topology
from workflows.cluster_rules import all_alive

NODE, FORCE = "/params/node", "/params/force"
KEEPING_OFF = ("NoSchedule", "NoExecute")
"""Effects of taints with which a node takes no pods that do not ask for it."""


def live_removal(cluster: Cluster, host: str) -> Iterator[Finding]:
    """Yield what is to be said of a node that leaves by itself."""
    yield from _common(cluster, host)
    yield from all_alive(cluster, besides=host)
    if is_alive(cluster, host) is False:
        is_worker = cluster.nodes[host].role is Role.WORKER
        yield refusal(
            "node-dead",
            f"{host} did not answer as a node of cluster {cluster.name} when it was last seen, so "
            "it can neither be drained nor leave",
            f"start MicroK8s on {host} and look again: clusterwright change verify {cluster.name} "
            "--wait; if it never comes back: clusterwright change remove-node "
            f"{cluster.name} --node {host} --force --wait"
            + (
                "; accept node-dead for a worker that had begun to leave, so that its job goes on"
                if is_worker
                else ""
            ),
            host=host,
            field=NODE,
            acceptable=is_worker,
            actions=_look(cluster),
        )
    yield from _places(cluster, host)
    if "hostpath-storage" in map(canonical, cluster.addons):
        yield refusal(
            "volumes-on-host",
            f"addon hostpath-storage keeps each volume on one node, and those on {host} are "
            "deleted with its MicroK8s",
            f"look at 'ls /var/snap/microk8s/common/default-storage' on {host}, copy what is "
            "needed, then accept volumes-on-host",
            host=host,
            field=NODE,
            acceptable=True,
        )


def dead_removal(cluster: Cluster, host: str, hosts: Mapping[str, Host]) -> Iterator[Finding]:
    """Yield what is to be said of a node that is taken out without being asked."""
    yield from _common(cluster, host)
    if is_alive(cluster, host):
        yield not_dead(
            cluster,
            host,
            "force is for nodes that are dead",
            f"leave force out, and {host} leaves by itself; if it has died since, look at the "
            "cluster again",
            FORCE,
        )
    yield from dead_node(cluster, host, hosts, FORCE)


def not_dead(cluster: Cluster, host: str, rule: str, advice: str, field: str) -> Finding:
    """Return what refuses a node that answered where a dead one is meant."""
    return refusal(
        "node-alive",
        f"{host} answered as a node of cluster {cluster.name} when it was last seen, and {rule}",
        advice,
        host=host,
        field=field,
        actions=_look(cluster),
    )


def dead_node(
    cluster: Cluster, host: str, hosts: Mapping[str, Host], field: str
) -> Iterator[Finding]:
    """Yield what is to be said of a dead node that others strike off, whatever comes after it.

    ``field`` is the one that says that the node is dead.
    """
    yield from all_alive(cluster, besides=host)
    behind = sorted(name for name in cluster.nodes if name != host and _goes_by(host, name, hosts))
    if behind:
        yield refusal(
            "jump-host-dead",
            f"{', '.join(behind)} {'is' if len(behind) == 1 else 'are'} reached through {host}, "
            "which is to be dead",
            f"give {'it' if len(behind) == 1 else 'them'} another jump host first",
            host=host,
            field=NODE,
            actions=tuple(Action.CHANGE_HOST.of(host=name) for name in behind),
        )
    yield Finding(
        "hosts-kept",
        Severity.WARN,
        f"{host} is not asked: if it ever runs again, it still carries MicroK8s and its keys to "
        f"cluster {cluster.name}, and a host with it is refused by later changes",
        f"keep it switched off, or run 'snap remove --purge microk8s' on {host} before it "
        "reaches the network of the cluster again",
        host=host,
        field=field,
    )


def is_alive(cluster: Cluster, host: str) -> bool | None:
    """Whether a node answered when it was last seen; ``None`` where that is not known.

    One that is not listed, or no member any more, is on its way out: a job that takes it out has
    been cut off, and goes on.
    """
    seen = cluster.observation
    if seen is None:
        return None
    if member := seen.member(host):
        return member.alive
    if cluster.nodes[host].role is Role.CONTROL_PLANE:
        return None
    return next((node.ready for node in seen.nodes or () if node.host == host), None)


def _common(cluster: Cluster, host: str) -> Iterator[Finding]:
    """Yield what is so whether the node lives or not."""
    if cluster.nodes[host].role is not Role.CONTROL_PLANE:
        return
    count = len(cluster.control_plane) - 1
    if count == 0:
        yield refusal(
            "last-control-plane",
            f"{host} is the only control plane node of cluster {cluster.name}, and holds the only "
            "copy of its data",
            "add 2 control plane nodes first (add-nodes), since beside one alone it keeps the only "
            "vote; or destroy the cluster",
            host=host,
            field=NODE,
            actions=(Action.PLAN_CHANGE.of(kind="destroy-cluster", cluster=cluster.name),),
        )
        return
    if count < 3:
        yield from _environment(cluster, host, count)
    if count == 2:
        yield warning(
            "two-control-planes-left",
            f"without {host}, cluster {cluster.name} has {explain(2)}",
            "add a control plane node soon, or remove the spare too",
            host=host,
            field=NODE,
        )


def _environment(cluster: Cluster, host: str, count: int) -> Iterator[Finding]:
    """Yield that the cluster falls below what its environment is meant to have."""
    nodes = f"{count} control plane node{'' if count == 1 else 's'}"
    left = f"without {host}, environment {cluster.environment} has {nodes}"
    advice = "add a control plane node first"
    if cluster.environment is Environment.PROD:
        yield refusal(
            "prod-without-ha",
            f"{left}, and does not survive a failure",
            f"{advice}, or accept prod-without-ha",
            host=host,
            field=NODE,
            acceptable=True,
        )
    elif cluster.environment is Environment.STAGING:
        yield warning(
            "staging-without-ha", f"{left}, and is meant to have 3", advice, host=host, field=NODE
        )


def _places(cluster: Cluster, host: str) -> Iterator[Finding]:
    """Yield that the pods of the node find no other one, or one only."""
    if cluster.nodes[host].is_dedicated:
        return
    left = cluster.without(host)
    if not any(takes_pods(cluster, name) for name in left.nodes):
        yield refusal(
            "no-node-to-drain-to",
            f"no other node of cluster {cluster.name} takes workloads: "
            f"{', '.join(left.nodes) or 'there is none'}"
            + (" are tainted, cordoned or not Ready" if left.nodes else "")
            + f", so what runs on {host} stops",
            "add a worker first, or accept no-node-to-drain-to",
            host=host,
            field=NODE,
            acceptable=True,
        )
    elif left.topology is Topology.SEPARATED and len(left.workers) == 1:
        yield warning(
            "one-worker",
            f"without {host}, 1 worker is left beside tainted control plane nodes: its loss stops "
            "every workload",
            "add a worker",
            host=host,
            field=NODE,
        )


def takes_pods(cluster: Cluster, host: str) -> bool:
    """Whether a node takes any pod, as far as is known."""
    if any(taint.endswith(KEEPING_OFF) for taint in cluster.nodes[host].taints):
        return False
    nodes = (cluster.observation.nodes if cluster.observation else None) or ()
    return all(node.schedulable and node.ready for node in nodes if node.host == host)


def _goes_by(hop: str, name: str, hosts: Mapping[str, Host]) -> bool:
    jumps = {host.name: host.jump for host in hosts.values() if host.jump}
    try:
        return hop in way(name, jumps)
    except BadJump:  # a finding of its own
        return False


def _look(cluster: Cluster) -> tuple[Advised, ...]:
    return (Action.SHOW_CLUSTER.of(cluster=cluster.name),)
