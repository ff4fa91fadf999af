"""Refresh MicroK8s on a control plane node without which the datastore may have no quorum.

Of one or two control plane nodes the datastore is away meanwhile. There is no way back: the former
revision has the datastore as it was at the refresh, and nobody else holds what was stored since.
"""

from collections.abc import Sequence

from deploy_scripts import refresh_microk8s
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.looking import LOOK_SECONDS
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
UNDO = "cannot"
ASKS = False


def apply(
    fleet: Fleet,
    *,
    before: Before,
    seed: str,
    hosts: Sequence[str],
    channel: str,
    members: Sequence[str],
    look_seconds: float = LOOK_SECONDS,
) -> Result:
    """Refresh it as any other node, and see it Ready in its new version."""
    return refresh_microk8s.apply(
        fleet,
        before=before,
        seed=seed,
        hosts=hosts,
        channel=channel,
        members=members,
        look_seconds=look_seconds,
    )
