"""Take a node out of its cluster: it leaves, its seed removes it, and neither list has it then."""

from typing import Any

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.leaving import leave_cluster
from deploy_scripts.microk8s.looking import as_observation, look

INTERRUPTIBLE = False
"""A node that left half-way is neither in nor out, so a cancel waits for its end."""
UNDO = "cannot"


def apply(fleet: Fleet, *, seed: str, host: str) -> dict[str, Any]:
    """Take ``host`` out; what is seen of the cluster afterwards is the seed's view."""
    fleet.mark_done(host, leave_cluster(fleet, seed=seed, host=host))
    seen = as_observation(fleet, look(fleet, seed=seed), seed)
    return {"observation": seen.as_dict()}
