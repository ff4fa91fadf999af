"""Stop MicroK8s on the control plane nodes that are left, so that nothing writes their datastore.

The undo starts them again: a node that survived is not left stopped.
"""

from collections.abc import Sequence

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.stopping import start_all, stop_all
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
"""A node that is half stopped is neither up nor down, so a cancel waits for its end."""
UNDO = "does"
ASKS = False


def apply(fleet: Fleet, *, before: Before, hosts: Sequence[str]) -> Result:
    """Stop all of them at once, and see that their datastores rest."""
    del before  # they are meant to run, whether each did or not
    stop_all(fleet, hosts)
    for host in hosts:
        fleet.mark_done(host, "stopped")
    return Result()


def undo(fleet: Fleet, *, before: Before, hosts: Sequence[str]) -> Result:
    """Start all of them again."""
    del before
    start_all(fleet, hosts)
    return Result()
