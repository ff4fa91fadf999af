"""Take hosts that are lost for good out of a cluster that this very job had begun to join them to.

Their seed does it, and reads it back; a host that had not come so far is in neither list anyhow.
"""

from collections.abc import Sequence

from cluster.quorum import Operation
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import KEPT
from deploy_scripts.microk8s.leaving import undo_join
from deploy_scripts.microk8s.quorum_guard import require_quorum
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
"""A member that is half removed is neither in nor out, so a cancel waits for its end."""
UNDO = "nothing"
"""Whoever is lost does not come back when the job is rolled back."""
ASKS = False


def apply(fleet: Fleet, *, before: Before, seed: str, hosts: Sequence[str]) -> Result:
    """Take the hosts out, as an undo of their joins would: only what this job joined."""
    del before  # there is nothing to put back
    for place, host in enumerate(hosts):
        if place:  # the guard was asked before the step, and the first is out since
            require_quorum(fleet, Operation.REMOVE, [host], control_plane=[seed])
        became = undo_join(fleet, seed=seed, host=host)
        fleet.mark_done(host, became if became.startswith(KEPT) else "is out")
    return Result()
