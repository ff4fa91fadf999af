"""What is done to hosts before they are nodes, and once they are none any more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cluster.quorum import expected
from cluster.spec import Cluster, Environment, Node, Role
from workflows.plan import Step
from workflows.retry import Retry
from workflows.steps.words import counted, words_of
from workflows.writes import Forget, SetNode

POLICY = {
    Environment.DEV: "lab",
    Environment.STAGING: "standard",
    Environment.PROD: "production",
}
"""Which of preflight's profiles an environment is held to."""


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
            "roles": words_of(roles),
            "policy": POLICY[environment],
            "accept": [],  # the job's own, which may grow with a retry, are added as it runs
            "channel": channel,
            "members": list(members),
        },
        retry=Retry(attempts=2),
    )


def prepare_hosts(roles: Mapping[str, Role]) -> Step:
    """Bring hosts to what MicroK8s needs."""
    args = {"hosts": list(roles), "roles": words_of(roles)}
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
