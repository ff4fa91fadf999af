"""Look at a cluster, and change nothing: what follows rests on how it is."""

from collections.abc import Sequence
from typing import Any

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.observing import observe

INTERRUPTIBLE = True


def apply(fleet: Fleet, *, control_plane: Sequence[str], workers: Sequence[str]) -> dict[str, Any]:
    """Return what is seen of the cluster, whatever it is."""
    return {"observation": observe(fleet, control_plane=control_plane, workers=workers)}
