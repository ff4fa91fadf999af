"""Take a node out of its cluster: it leaves, its seed removes it, and neither list has it then."""

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.leaving import leave_cluster
from deploy_scripts.microk8s.looking import as_observation, look
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
"""A node that left half-way is neither in nor out, so a cancel waits for its end."""
UNDO = "cannot"
ASKS = False


def apply(fleet: Fleet, *, before: Before, seed: str, host: str) -> Result:
    """Take ``host`` out; what is seen of the cluster afterwards is the seed's view."""
    del before  # there is no way back
    fleet.mark_done(host, leave_cluster(fleet, seed=seed, host=host))
    return Result(observation=as_observation(fleet, look(fleet, seed=seed), seed))
