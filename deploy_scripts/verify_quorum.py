"""Verify a cluster: three sets must agree, and enough voters must be alive."""

from collections.abc import Mapping, Sequence
from time import monotonic, sleep
from typing import Any

from cluster.findings import Finding
from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.observing import observe

INTERRUPTIBLE = True
UNDO = "nothing"
PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between looks; the last one repeats."""


def apply(
    fleet: Fleet,
    *,
    control_plane: Sequence[str],
    workers: Sequence[str],
    voters: int,
    timeout: float = 120,
) -> dict[str, Any]:
    """Wait until inventory, datastore and Kubernetes agree and ``voters`` voters are alive.

    Raises ``Transient`` with every difference when that does not happen in ``timeout`` seconds.
    """
    deadline = monotonic() + timeout
    look = 0
    while True:
        seen = observe(fleet, control_plane=control_plane, workers=workers)
        refusals = [row for row in seen["findings"] if row["severity"] == "refuse"]
        alive = voters_alive(seen)
        if not refusals and alive >= voters:
            for host in (*control_plane, *workers):
                fleet.mark_done(host, "verified")
            return {"observation": seen}
        if monotonic() >= deadline:
            raise Transient(
                _difference(seen, voters, refusals, timeout),
                findings=tuple(Finding.from_dict(row) for row in refusals),
                advice=refusals[0]["advice"] if refusals else "start the voters that are down",
            )
        sleep(PAUSES[min(look, len(PAUSES) - 1)])
        look += 1


def voters_alive(seen: Mapping[str, Any]) -> int:
    """Count the voters that answer and are led; one that does not answer is none.

    Without a leader the members come from a file, which may list fewer than there are.
    """
    if not seen["has_leader"]:
        return 0
    return sum(row["role"] == "voter" and row["alive"] for row in seen["members"])


def _difference(
    seen: Mapping[str, Any], voters: int, refusals: Sequence[dict[str, Any]], timeout: float
) -> str:
    said = [row["message"] for row in refusals[:5]]
    if seen["has_leader"]:
        said.insert(0, f"{voters_alive(seen)} of {voters} voters are alive")
    return f"cannot verify the cluster after {timeout:.0f} s: {'; '.join(said)}"
