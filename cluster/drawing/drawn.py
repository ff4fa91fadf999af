"""A cluster's record, drawn as text as soon as it has been seen."""

from collections.abc import Iterable

from cluster.drawing.picture import picture_of
from cluster.drawing.text import text
from cluster.spec import Cluster, Host, Role, of_role


def drawn(cluster: Cluster, hosts: Iterable[Host]) -> str:
    """Draw a cluster that was seen just now, or not at all; ``hosts`` are those of its nodes."""
    seen = cluster.observation
    told = {
        "name": cluster.name,
        "topology": str(cluster.topology),
        "environment": str(cluster.environment),
        "channel": cluster.channel,
        "phase": str(cluster.phase),
        "control_plane": list(of_role(cluster.whole, Role.CONTROL_PLANE)),
        "workers": list(of_role(cluster.whole, Role.WORKER)),
        "observed_at": cluster.observed_at,
        "quorum": seen.quorum.as_dict() if seen else None,
        "observation": seen.as_dict() if seen else None,
    }
    return text(picture_of(told, hosts))
