"""Stop MicroK8s on a node on purpose, as a drill does; the step that closes it starts it again.

How everything was is noted ahead of it: roles, the leader, where pods stood, and the moment. A
timer of the host is set ahead of it, too: it starts MicroK8s where no step ever does.
"""

from collections.abc import Sequence
from dataclasses import asdict
from time import time
from typing import Any

from cluster.drills import HEAL_SECONDS, KILL, MOST_SECONDS, STOP
from deploy_scripts.fleet.errors import Permanent, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.microk8s import drilling, healing
from deploy_scripts.microk8s.drilling import Sight
from deploy_scripts.microk8s.healing import HealTimer
from deploy_scripts.microk8s.looking import LOOK_SECONDS, node_of
from deploy_scripts.microk8s.node_return import bring_back
from deploy_scripts.microk8s.observing import observe
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
"""What is stopped halfway is stopped: a cancel waits, and the node is started after it."""
UNDO = "does"
ASKS = False


def apply(
    fleet: Fleet,
    *,
    before: Before,
    host: str,
    seed: str,
    target: str,
    control_plane: Sequence[str],
    how: str = STOP,
    heal_seconds: int = MOST_SECONDS + HEAL_SECONDS,
) -> Result:
    """Stop MicroK8s on ``host``, as ``seed`` sees it; ``target`` is the part that it has to have.

    ``how`` is in order or by a kill; the host starts it again by itself ``heal_seconds`` later. It
    ends as soon as snapd was told, so that what follows is watched from the beginning. Raises
    ``Permanent`` where the leader was meant and another leads by now, and ``Transient`` where the
    host sets no timer; nothing was stopped then.
    """
    if "was" not in before.noted:
        before.note({"was": _as_it_is(fleet, host, seed, target, control_plane)})
    _set_timer(fleet, host, heal_seconds)
    before.note({"at": time()})
    act = drilling.kill if how == KILL else drilling.stop
    _, failures = fleet.try_run(act, on=[host], timeout=drilling.STOP_SECONDS)
    raise_for(failures, "cannot drill")
    fleet.mark_done(host, "killed" if how == KILL else "told to stop")
    was: dict[str, Any] = before.noted["was"]
    return Result({**was, "host": host, "target": target, "how": how, "at": before.noted["at"]})


def undo(
    fleet: Fleet,
    *,
    before: Before,
    host: str,
    seed: str,
    target: str,
    control_plane: Sequence[str],
    how: str = STOP,
    heal_seconds: int = MOST_SECONDS + HEAL_SECONDS,
    look_seconds: float = LOOK_SECONDS,
) -> Result:
    """Start it again, whether it was stopped or not, and see it at work."""
    del target, how, heal_seconds
    is_member = host in control_plane
    bring_back(fleet, before, seed=seed, host=host, is_member=is_member, look_seconds=look_seconds)
    _forget(fleet, seed, before)
    fleet.mark_done(host, "at work again")
    return Result()


def _set_timer(fleet: Fleet, host: str, seconds: int) -> None:
    _, failures = fleet.try_run(
        healing.set_timer, on=[host], timeout=healing.SET_SECONDS, seconds=seconds
    )
    raise_for(failures, "cannot drill")
    if not fleet.facts(HealTimer, on=[host])[host]:
        raise Transient(
            f"cannot drill with {host}: it was told to set timer {healing.UNIT}, which would start "
            "MicroK8s again where nobody else does, and has none",
            advice=f"look at systemctl list-timers --all on {host}, then retry",
        )


def _forget(fleet: Fleet, seed: str, before: Before) -> None:
    if node := before.noted.get("was", {}).get("node"):
        fleet.run(drilling.forget_probes, on=[seed], node=node)


def _as_it_is(
    fleet: Fleet, host: str, seed: str, target: str, control_plane: Sequence[str]
) -> dict[str, Any]:
    seen = observe(fleet, control_plane=control_plane, workers=[])
    leader = seen.leader()
    if target == "leader" and (leader is None or leader.host != host):
        raise Permanent(
            f"cannot drill the loss of the leader with {host}: "
            f"{leader.name if leader else 'nobody'} leads the datastore by now",
            advice="ask for the drill anew: its plan names who leads then",
        )
    node = node_of({"nodes": [row.as_dict() for row in seen.nodes or ()]}, host)
    if node is None:
        raise Transient(f"cannot drill with {host}: Kubernetes does not list it")
    sight = fleet.facts(Sight, on=[seed], node=node["name"])[seed]
    if sight["pods"] is None:
        raise Transient(f"cannot drill with {host}: the API of {seed} does not list its pods")
    return {
        "node": node["name"],
        "leader": leader.host if leader else None,
        "roles": {row.name: str(row.role) for row in seen.members},
        "voters": seen.quorum.voters_alive,
        "pods": asdict(sight["pods"]),
    }
