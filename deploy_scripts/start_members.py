"""Start MicroK8s on the control plane nodes that are left, recovered or as they were.

It closes ``stop_members``, so it runs also where the job stops before, and then there may be no
quorum still: nobody waits for a leader here.
"""

from collections.abc import Sequence

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.stopping import start_all
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
UNDO = "nothing"
"""The undo of the stop starts them, too."""
ASKS = False


def apply(fleet: Fleet, *, before: Before, hosts: Sequence[str]) -> Result:
    """Start all of them at once: two of three that come one after the other elect nobody."""
    del before  # there is nothing to put back
    start_all(fleet, hosts)
    for host in hosts:
        fleet.mark_done(host, "started")
    return Result()
