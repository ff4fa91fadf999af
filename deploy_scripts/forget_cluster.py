"""Forget a cluster whose hosts are gone for good: no host is asked, and none is changed."""

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "cannot"
ASKS = False


def apply(fleet: Fleet, *, before: Before) -> Result:
    """Do nothing to any host; that the step is done takes the cluster's record away."""
    del fleet, before
    return Result()
