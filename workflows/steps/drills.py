"""A node is stopped on purpose, watched from the others, started again, and the drill judged."""

from collections.abc import Sequence
from dataclasses import replace

from cluster.drills import HEAL_SECONDS, KILL, STOP
from cluster.quorum import Operation, expected
from cluster.spec import Cluster
from workflows.plan import PATIENCE_SECONDS, Guard, Step
from workflows.retry import Retry

RETURN_SECONDS = 900.0
"""How long a node may take to be Ready again before the job says that somebody has to look."""


def stop_for_drill(
    cluster: Cluster, host: str, *, seed: str, target: str, how: str, seconds: int
) -> Step:
    """Stop MicroK8s on one node; ``seed`` sees how all is. A member is guarded.

    The host itself starts it again some time after the ``seconds`` for which it is to be away.
    """
    members = cluster.control_plane
    step = _step(cluster, "stop_for_drill", f"{DOES[how]} on {host}{WHO[target]}", (host,))
    return replace(
        step,
        args={
            "host": host,
            "seed": seed,
            "target": target,
            "control_plane": list(members),
            "how": how,
            "heal_seconds": seconds + HEAL_SECONDS,
        },
        guard=Guard(Operation.STOP, (host,), members) if host in members else None,
        patience=RETURN_SECONDS,
    )


DOES = {STOP: "Stop MicroK8s", KILL: "Kill kubelite and the datastore"}
"""What is said in the title of what happens to the node."""
WHO = {
    "worker": ", a worker",
    "leader": ", which led the datastore when it was last seen",
    "voter": ", a voter that did not lead when it was last seen",
    "node": "",
}
"""What is said in the title of the node that is stopped, by what was asked for."""


def watch_drill(cluster: Cluster, host: str, observers: Sequence[str], *, seconds: int) -> Step:
    """Probe the other control plane nodes while the node is away."""
    title = f"Watch the cluster for {seconds} s without {host}"
    step = _step(cluster, "watch_drill", title, tuple(observers))
    return replace(
        step,
        args={"host": host, "observers": list(observers), "seconds": seconds},
        needs=("stop_for_drill",),
        patience=seconds + PATIENCE_SECONDS,
    )


def start_after_drill(cluster: Cluster, host: str, *, seed: str) -> Step:
    """Start the node again, and see it at work."""
    step = _step(cluster, "start_after_drill", f"Start MicroK8s on {host} again", (host,))
    return replace(
        step,
        args={"host": host, "seed": seed, "is_member": host in cluster.control_plane},
        retry=Retry(attempts=5, base_seconds=5),
        patience=RETURN_SECONDS,
    )


def judge_drill(cluster: Cluster) -> Step:
    """Say what the drill has shown."""
    step = _step(cluster, "judge_drill", "Judge the drill", cluster.control_plane)
    return replace(
        step,
        args={
            "cluster": cluster.name,
            "control_plane": list(cluster.control_plane),
            "workers": list(cluster.workers),
        },
        needs=("stop_for_drill", "watch_drill", "start_after_drill"),
    )


def _step(cluster: Cluster, name: str, title: str, hosts: tuple[str, ...]) -> Step:
    quorum = expected(len(cluster.control_plane))
    return Step(name, title, hosts, {}, quorum=quorum, retry=Retry(attempts=3, base_seconds=5))
