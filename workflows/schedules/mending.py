"""Which changes would mend what was seen of a cluster; pure."""

from collections.abc import Iterator

from cluster.certificates import RENEWABLE, SOON_DAYS, ending
from cluster.observation import Observation
from cluster.spec import Cluster
from workflows.kinds import kind_of
from workflows.plan import Change
from workflows.planner import normalised

APPROVE_WITHIN_HOURS = 72
"""How long a proposal waits for a person; it is never carried out by itself."""


def mending(cluster: Cluster, seen: Observation, by: str) -> Iterator[Change]:
    """Yield the changes that somebody should be asked about, in the order in which they make sense.

    While a member is dead only its removal makes sense, and one after the other.
    """
    dead = [row.host for row in seen.dead() if row.host in cluster.nodes]
    if dead:
        if seen.has_leader:
            reason = f"{by} saw that {dead[0]} does not answer any more"
            yield _change(cluster, "remove-node", {"node": dead[0], "force": True}, reason)
        return
    soon = ending(seen.certificates, seen.at, SOON_DAYS)
    if renewable := [each for each in soon if each.name in RENEWABLE]:
        first = renewable[0]
        reason = f"{by} saw that {first.name} of {first.host} ends soon"
        yield _change(cluster, "refresh-certs", {}, reason)


def _change(cluster: Cluster, kind: str, params: dict[str, object], reason: str) -> Change:
    return Change(
        cluster.name,
        kind,
        normalised(kind_of(kind), params),
        reason=reason,
        approve_within=APPROVE_WITHIN_HOURS,
    )
