"""Which node a drill stops, and what speaks against it; pure."""

from collections.abc import Iterator

from cluster.actions import Action
from cluster.findings import Finding, Severity, refusal
from cluster.quorum import DqliteRole
from cluster.spec import Cluster, Environment, Role
from workflows.cluster_rules import all_alive
from workflows.removal_rules import takes_pods

TARGETS = ("worker", "leader", "voter")
NODE = "node"
"""Stands for the target where a node is named."""


def chosen(cluster: Cluster, target: str | None, node: str | None) -> str | None:
    """Return the host that a drill stops; ``None`` where nobody is known to be what is asked for.

    Who leads changes: the job looks before it plans this for the last time.
    """
    if node is not None:
        return node
    if target == "worker":
        return next((host for host in cluster.workers if takes_pods(cluster, host)), None)
    seen = cluster.observation
    leader = seen.leader() if seen else None
    if seen is None or leader is None:
        return None
    if target == "leader":
        return leader.host
    voters = [row.host for row in seen.members if row.role is DqliteRole.VOTER and row.alive]
    return next((host for host in voters if host and host != leader.host), None)


def drill_findings(
    cluster: Cluster, target: str | None, node: str | None, host: str | None
) -> Iterator[Finding]:
    """Yield what speaks against stopping ``host``; the quorum guard speaks for itself."""
    yield from all_alive(cluster)
    yield from _unhealthy(cluster)
    if cluster.environment is Environment.PROD:
        yield refusal(
            "drill-in-production",
            f"cluster {cluster.name} is of environment prod, and a drill stops a node of it",
            "drill a cluster of another environment first; then announce it, choose a quiet hour, "
            "and accept drill-in-production",
            acceptable=True,
            field="/cluster",
        )
    if host is None:
        yield _nobody(cluster, str(target))
    elif cluster.control_plane == (host,):
        yield refusal(
            "drill-without-quorum",
            f"{host} is the only control plane node of cluster {cluster.name}: without it there is "
            "no API that could be watched",
            "drill a worker, or add 2 control plane nodes first",
            host=host,
            field=f"/params/{NODE if node else 'target'}",
        )
    elif cluster.nodes[host].role is Role.WORKER and not _others_take_pods(cluster, host):
        yield refusal(
            "no-node-to-drain-to",
            f"no other node of cluster {cluster.name} takes the workloads of {host}, so nothing "
            "would take the place of what stops",
            "add a worker first, or accept no-node-to-drain-to",
            acceptable=True,
            host=host,
            field=f"/params/{NODE if node else 'target'}",
        )


def _others_take_pods(cluster: Cluster, host: str) -> bool:
    return any(takes_pods(cluster, other) for other in cluster.nodes if other != host)


def _unhealthy(cluster: Cluster) -> Iterator[Finding]:
    seen = cluster.observation
    if seen is None:
        return
    faults = [row.message for row in seen.findings if row.severity is Severity.REFUSE]
    faults += [f"{row.name} is not Ready" for row in seen.nodes or () if not row.ready]
    if seen.nodes is None:
        faults.append("its Kubernetes API did not answer")
    if faults:
        more = f"; and {len(faults) - 1} more" if len(faults) > 1 else ""
        yield refusal(
            "drill-on-unhealthy",
            f"cluster {cluster.name} was not whole when it was last seen: {faults[0]}{more}",
            f"mend that, look again (clusterwright change verify {cluster.name}), then drill",
            field="/cluster",
            actions=(Action.SHOW_CLUSTER.of(cluster=cluster.name),),
        )


def _nobody(cluster: Cluster, target: str) -> Finding:
    if target == "worker":
        why = "it has none that takes workloads" if cluster.workers else "it has no worker"
        advice = "add a worker first, or drill a voter"
    elif cluster.observation is None:
        why = "it was never looked at"
        advice = f"look at it first: clusterwright change verify {cluster.name}"
    else:
        why = "none was there when it was last seen"
        advice = "name the node, or add control plane nodes first"
    return refusal(
        "no-drill-target",
        f"cannot tell which {target} of cluster {cluster.name} to stop: {why}",
        advice,
        field="/params/target",
    )
