"""See by a fresh look that quorum is lost, and that those who are to be gone are silent."""

from collections.abc import Sequence

from deploy_scripts.fleet.errors import Permanent
from deploy_scripts.fleet.fleet import GIVEN_UP, Fleet
from deploy_scripts.microk8s.facts import HostRole
from deploy_scripts.microk8s.observing import observe
from deploy_scripts.microk8s.raft_log import CanReadRaftLog
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = True
SILENT_CODES = frozenset({"unreachable", "timeout", GIVEN_UP})
"""Codes of failures with which nothing was heard of a host; a refused login is a sign of life."""


def apply(fleet: Fleet, *, before: Before, lost: Sequence[str], survivors: Sequence[str]) -> Result:
    """Return if no leader is known, each survivor answers, and no lost one does by SSH or dqlite.

    Raises ``Permanent`` where the datastore has a leader, a lost host lives, or a survivor has no
    Python to read its log with: that is told before anything is stopped.
    """
    del before  # nothing is changed
    fleet.facts(HostRole, on=survivors)
    found, failures = fleet.try_facts(HostRole, on=lost)
    alive = [*found, *(each.host for each in failures if each.code not in SILENT_CODES)]
    seen = observe(fleet, control_plane=survivors, workers=[])
    alive += [row.name for row in seen.members if row.host in lost and row.alive]
    if alive:
        raise Permanent(
            f"cannot take {', '.join(sorted(set(alive)))} for lost: "
            f"{'it answers' if len(set(alive)) == 1 else 'they answer'} still, and would go on "
            "with the former datastore",
            advice="power it off for good, or start MicroK8s on it: with a majority of its voters "
            "the cluster comes back by itself",
        )
    if seen.has_leader:
        raise Permanent(
            "cannot recover quorum: the datastore has a leader, so quorum is there",
            advice="ask for remove-node with force for each node that is dead",
        )
    _require_readers(fleet, survivors)
    for host in survivors:
        fleet.mark_done(host, "knows no leader")
    for host in lost:
        fleet.mark_done(host, "is silent")
    return Result(observation=seen)


def _require_readers(fleet: Fleet, survivors: Sequence[str]) -> None:
    readers = fleet.facts(CanReadRaftLog, on=survivors)
    if lacking := [host for host in survivors if not readers[host]]:
        raise Permanent(
            f"cannot recover quorum with {', '.join(lacking)}: there is no python3 (3.7 or newer), "
            "with which a host reads how far its datastore's log goes",
            advice=f"run 'apt-get install -y python3' as root on {', '.join(lacking)}, then retry",
        )
