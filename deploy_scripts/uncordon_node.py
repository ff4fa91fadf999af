"""Let new pods on a node again that this job has cordoned; one that is gone needs nothing."""

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.cordoning import uncordon
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
"""A rollback undoes what cordoned the node."""
ASKS = False


def apply(fleet: Fleet, *, before: Before, seed: str, host: str) -> Result:
    """Uncordon ``host`` through ``seed``, unless somebody else had cordoned it."""
    del before
    fleet.mark_done(host, uncordon(fleet, seed=seed, host=host))
    return Result()
