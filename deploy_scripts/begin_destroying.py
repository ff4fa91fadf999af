"""Note that a cluster is being destroyed, before the first node goes: no host is asked."""

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "does"
ASKS = False


def apply(fleet: Fleet, *, before: Before) -> Result:
    """Do nothing to any host; that the step is done stands in the cluster's record."""
    del fleet, before
    return Result()


def undo(fleet: Fleet, *, before: Before) -> Result:
    """Do nothing to any host; that the step is undone puts back what stood in the record."""
    del fleet, before
    return Result()
