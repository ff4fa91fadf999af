"""Verify a cluster: three sets must agree, and enough voters must be alive."""

from collections.abc import Sequence
from time import monotonic, sleep

from cluster.findings import Finding, Severity
from cluster.observation import Observation
from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.observing import observe
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between looks; the last one repeats."""


def apply(
    fleet: Fleet,
    *,
    before: Before,
    control_plane: Sequence[str],
    workers: Sequence[str],
    voters: int,
    timeout: float = 120,
) -> Result:
    """Wait until inventory, datastore and Kubernetes agree and ``voters`` voters are alive.

    Raises ``Transient`` with every difference when that does not happen in ``timeout`` seconds.
    """
    del before  # nothing is changed
    deadline = monotonic() + timeout
    look = 0
    while True:
        seen = observe(fleet, control_plane=control_plane, workers=workers)
        refusals = [found for found in seen.findings if found.severity is Severity.REFUSE]
        alive = voters_alive(seen)
        if not refusals and alive >= voters:
            for host in (*control_plane, *workers):
                fleet.mark_done(host, "verified")
            return Result(observation=seen)
        if monotonic() >= deadline:
            raise Transient(
                _difference(seen, voters, refusals, timeout),
                findings=tuple(refusals),
                advice=refusals[0].advice if refusals else "start the voters that are down",
            )
        sleep(PAUSES[min(look, len(PAUSES) - 1)])
        look += 1


def voters_alive(seen: Observation) -> int:
    """Count the voters that answer and are led; one that does not answer is none.

    Without a leader the members come from a file, which may list fewer than there are.
    """
    return seen.quorum.voters_alive if seen.has_leader else 0


def _difference(seen: Observation, voters: int, refusals: Sequence[Finding], timeout: float) -> str:
    said = [row.message for row in refusals[:5]]
    if seen.has_leader:
        said.insert(0, f"{voters_alive(seen)} of {voters} voters are alive")
    return f"cannot verify the cluster after {timeout:.0f} s: {'; '.join(said)}"
