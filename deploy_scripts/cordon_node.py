"""Keep new pods off a node, so that what is to be done to it meets none that has just come."""

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.cordoning import cordon, uncordon
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "does"
ASKS = False


def apply(fleet: Fleet, *, before: Before, seed: str, host: str) -> Result:
    """Cordon ``host`` through ``seed``, and note on the node which job did it."""
    del before  # the note stands on the node, where the step that uncordons it finds it too
    fleet.mark_done(host, cordon(fleet, seed=seed, host=host))
    return Result()


def undo(fleet: Fleet, *, before: Before, seed: str, host: str) -> Result:
    """Uncordon it if this job cordoned it."""
    del before
    fleet.mark_done(host, uncordon(fleet, seed=seed, host=host))
    return Result()
