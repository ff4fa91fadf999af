"""Verify a cluster: three sets must agree, and enough voters must be alive."""

from collections.abc import Sequence

from cluster.findings import Finding, Severity
from cluster.observation import Observation
from cluster.quorum import expected, is_settled
from deploy_scripts.fleet.errors import NotYet
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.certificates import with_certificates
from deploy_scripts.microk8s.looking import AGAIN_SECONDS, LOOK_SECONDS, look_until
from deploy_scripts.microk8s.observing import observe
from deploy_scripts.microk8s.seen_addons import with_addons
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = False
"""It waits until they agree, which is more than a question."""


def apply(
    fleet: Fleet,
    *,
    before: Before,
    control_plane: Sequence[str],
    workers: Sequence[str],
    voters: int,
    settled: bool = False,
    look_seconds: float = LOOK_SECONDS,
) -> Result:
    """Return once inventory, datastore and Kubernetes agree and ``voters`` voters are alive.

    ``settled`` says whether dqlite's leader has to have given every member its role, too: until
    then nobody can join. Raises ``NotYet`` with every difference when that does not happen in
    ``look_seconds``; a step that waits looks once. Raises ``Transient`` where no control plane node
    answers.
    """
    seen, is_right = look_until(
        lambda: observe(fleet, control_plane=control_plane, workers=workers),
        lambda now: _agrees(now, voters) and (is_settled(now.listed) or not settled),
        seconds=0 if before.has_waited else look_seconds,
    )
    if not is_right:
        raise _unsettled(seen) if _agrees(seen, voters) else _not_yet(seen, voters)
    seen = with_certificates(fleet, seen, control_plane)
    if not settled:  # between two turns of a change nobody asks which addons there are
        seen = with_addons(fleet, seen)
    for host in (*control_plane, *workers):
        fleet.mark_done(host, "verified")
    return Result(observation=seen)


def voters_alive(seen: Observation) -> int:
    """Count the voters that answer and are led; one that does not answer is none.

    Without a leader the members come from a file, which may list fewer than there are.
    """
    return seen.quorum.voters_alive if seen.has_leader else 0


def _agrees(seen: Observation, voters: int) -> bool:
    return not _refusals(seen) and voters_alive(seen) >= voters


def _unsettled(seen: Observation) -> NotYet:
    keeps = expected(len(seen.members))
    return NotYet(
        f"dqlite has {seen.quorum.voters} voters among {len(seen.members)} members, and is to keep "
        f"{keeps.voters}",
        after=AGAIN_SECONDS,
        otherwise="cannot see the roles of the members settle",
        advice="its leader looks every 30 s; read journalctl -u snap.microk8s.daemon-k8s-dqlite",
    )


def _refusals(seen: Observation) -> tuple[Finding, ...]:
    return tuple(found for found in seen.findings if found.severity is Severity.REFUSE)


def _not_yet(seen: Observation, voters: int) -> NotYet:
    refusals = _refusals(seen)
    sentences = [row.message for row in refusals[:5]]
    if seen.has_leader:
        sentences.insert(0, f"{voters_alive(seen)} of {voters} voters are alive")
    return NotYet(
        "; ".join(sentences),
        after=AGAIN_SECONDS,
        otherwise="cannot verify the cluster",
        findings=refusals,
        advice=refusals[0].advice if refusals else "start the voters that are down",
    )
