"""Start a node again that a drill has stopped, and see it at work; whatever else has happened."""

from typing import Any

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s import drilling
from deploy_scripts.microk8s.drilling import LastWrite
from deploy_scripts.microk8s.looking import LOOK_SECONDS, listed_nodes, node_of
from deploy_scripts.microk8s.node_return import bring_back
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
"""Nobody wants a node left stopped."""
UNDO = "nothing"
"""A rollback undoes the step that stopped it, and so starts it once more."""
ASKS = False


def apply(
    fleet: Fleet,
    *,
    before: Before,
    host: str,
    seed: str,
    is_member: bool,
    look_seconds: float = LOOK_SECONDS,
) -> Result:
    """Start MicroK8s on ``host``, see it Ready as ``seed`` does, and read the last probe.

    That is read where the node has an API of its own there, as its datastore was away. Raises
    ``NotYet`` while the node is not at work.
    """
    back_seconds = bring_back(
        fleet, before, seed=seed, host=host, is_member=is_member, look_seconds=look_seconds
    )
    name = _name(fleet, host, seed)
    reader = host if is_member else seed
    before.note({"kept": fleet.facts(LastWrite, on=[reader], node=name)[reader]})
    fleet.run(drilling.forget_probes, on=[seed], node=name)
    fleet.mark_done(host, f"Ready {back_seconds:.0f} s after its start")
    output: dict[str, Any] = {
        "ready_at": before.noted["ready"],
        "back_seconds": round(back_seconds, 1),
        "kept": before.noted["kept"],
    }
    return Result(output)


def _name(fleet: Fleet, host: str, seed: str) -> str:
    node = node_of(listed_nodes(fleet, seed=seed, purpose=f"read the last probe of {host}"), host)
    return str(node["name"]) if node else host
