"""Wait until a datastore has a leader and the Kubernetes API answers, and change nothing."""

from deploy_scripts.fleet.errors import NotYet
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.looking import (
    AGAIN_SECONDS,
    LOOK_SECONDS,
    as_observation,
    look,
    look_until,
)
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = False
"""It waits, which is more than a question."""


def apply(fleet: Fleet, *, before: Before, seed: str, look_seconds: float = LOOK_SECONDS) -> Result:
    """Return once ``seed`` sees both. Raises ``NotYet`` meanwhile."""
    seen, is_there = look_until(
        lambda: look(fleet, seed=seed),
        lambda now: now["has_leader"] and now["nodes"] is not None,
        seconds=0 if before.has_waited else look_seconds,
    )
    if not is_there:
        raise NotYet(
            f"the Kubernetes API does not answer {seed} ({seen['nodes_error']})"
            if seen["has_leader"]
            else f"the datastore of {seed} has no leader",
            after=AGAIN_SECONDS,
            otherwise="cannot see the recovered cluster at work",
            advice=f"look at journalctl -u snap.microk8s.daemon-k8s-dqlite on {seed}",
        )
    fleet.mark_done(seed, "has a leader and answers")
    return Result(observation=as_observation(fleet, seen, seed))
