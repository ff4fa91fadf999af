"""Look at a cluster, and change nothing: what follows rests on how it is.

It does not fail because something is wrong with the cluster: what is wrong is what it finds.
"""

from collections.abc import Sequence
from time import time

from cluster.compare import finding
from cluster.observation import Observation
from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.certificates import with_certificates
from deploy_scripts.microk8s.observing import observe
from deploy_scripts.microk8s.seen_addons import with_addons
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = True


def apply(
    fleet: Fleet, *, before: Before, control_plane: Sequence[str], workers: Sequence[str]
) -> Result:
    """Return what is seen of the cluster, whatever it is."""
    del before  # nothing is changed
    try:
        seen = observe(fleet, control_plane=control_plane, workers=workers)
        seen = with_addons(fleet, with_certificates(fleet, seen, control_plane))
    except Transient as error:
        seen = _nothing(error)
    for host in (*control_plane, *workers):
        fleet.mark_done(host, "looked at")
    return Result(observation=seen)


def _nothing(error: Transient) -> Observation:
    """Return the view of a cluster of which no control plane node answers."""
    why = "; ".join(failure.message for failure in error.failures)
    found = finding(
        "nobody-answers",
        f"{str(error).removeprefix('cannot observe the cluster: ')}: {why}",
        error.advice,
    )
    return Observation(time(), (), False, (), None, (found,), nodes_error=why)
