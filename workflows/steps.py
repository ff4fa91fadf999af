"""One builder for each step: it alone knows title, retry, guard, quorum, writes and arguments."""

from collections.abc import Mapping, Sequence
from typing import Any

from cluster.quorum import Operation, expected
from cluster.spec import Cluster, Environment, Node, Phase, Role
from workflows.plan import Guard, Step
from workflows.retry import Retry
from workflows.writes import SetAddons, SetNode, SetPhase

POLICY = {
    Environment.DEV: "lab",
    Environment.STAGING: "standard",
    Environment.PROD: "production",
}
"""Which of preflight's profiles an environment is held to."""


def observe(cluster: Cluster) -> Step:
    """Look at a cluster, so that what follows rests on how it is."""
    return Step(
        "observe",
        f"Look at cluster {cluster.name}",
        tuple(cluster.nodes),
        {"control_plane": list(cluster.control_plane), "workers": list(cluster.workers)},
    )


def preflight(roles: Mapping[str, Role], environment: Environment, channel: str) -> Step:
    """Check hosts that are to become nodes, and the network between them."""
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
            guard=Guard(Operation.JOIN, joiner.host, cluster.control_plane),
            writes=(SetNode(joiner),),
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
    )


def label_nodes(
    cluster: Cluster,
    nodes: Sequence[Node],
    labels: Mapping[str, Mapping[str, str]],
    taints: Mapping[str, Sequence[str]],
) -> Step:
    """Set labels and taints; ``nodes`` are those that change, as they are afterwards."""
    return Step(
        "label_nodes",
        "Label and taint the nodes",
        tuple(node.host for node in nodes),
        {
            "seed": cluster.seed,
            "labels": {host: dict(row) for host, row in labels.items()},
            "taints": {host: list(row) for host, row in taints.items()},
        },
        quorum=expected(len(cluster.control_plane)),
        writes=tuple(map(SetNode, nodes)),
    )


def enable_addons(cluster: Cluster, addons: Sequence[str]) -> Step:
    """Enable addons, one after the other."""
    known = [addon for addon in cluster.addons if addon not in addons]
    return Step(
        "enable_addons",
        f"Enable {', '.join(addon.split(':')[0] for addon in addons)}",
        (cluster.seed,),
        {"seed": cluster.seed, "addons": list(addons), "hosts": list(cluster.nodes)},
        quorum=expected(len(cluster.control_plane)),
        writes=(SetAddons((*known, *addons)),),
    )


def verify_quorum(
    cluster: Cluster, title: str, *, workers: Sequence[str] = (), phase: Phase | None = None
) -> Step:
    """See that datastore, Kubernetes and record agree, and that enough voters are alive."""
    full = expected(len(cluster.control_plane))
    return Step(
        "verify_quorum",
        title,
        (*cluster.control_plane, *workers),
        {
            "control_plane": list(cluster.control_plane),
            "workers": list(workers),
            "voters": full.voters,
        },
        quorum=full,
        retry=Retry(attempts=3, base_seconds=5),
        writes=(SetPhase(phase),) if phase else (),
    )


def counted(hosts: Sequence[str] | Mapping[str, Any]) -> str:
    """Return hosts for a title: by name while they are few."""
    return ", ".join(hosts) if len(hosts) <= 4 else f"{len(hosts)} hosts"


def _words(roles: Mapping[str, Role]) -> dict[str, str]:
    return {host: str(role) for host, role in roles.items()}
