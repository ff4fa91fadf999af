"""Looks at a cluster that change nothing of it."""

from collections.abc import Sequence

from cluster.quorum import expected
from cluster.spec import Cluster, Phase
from workflows.plan import Step
from workflows.retry import Retry
from workflows.writes import SetPhase

AGREE_SECONDS = 120.0
"""How long inventory, datastore and Kubernetes may take to agree."""


def observe(cluster: Cluster) -> Step:
    """Look at a cluster, so that what follows rests on how it is."""
    return Step(
        "observe",
        f"Look at cluster {cluster.name}",
        tuple(cluster.nodes),
        {"control_plane": list(cluster.control_plane), "workers": list(cluster.workers)},
    )


def verify_quorum(
    cluster: Cluster,
    title: str,
    *,
    workers: Sequence[str] = (),
    phase: Phase | None = None,
    settled: bool = False,
) -> Step:
    """See that datastore, Kubernetes and record agree, and that enough voters are alive.

    ``settled`` says whether every member has to have the role that dqlite is to give it.
    """
    full = expected(len(cluster.control_plane))
    return Step(
        "verify_quorum",
        title,
        (*cluster.control_plane, *workers),
        {
            "control_plane": list(cluster.control_plane),
            "workers": list(workers),
            "voters": full.voters,
        }
        | ({"settled": True} if settled else {}),
        quorum=full,
        retry=Retry(attempts=3, base_seconds=5),
        writes=(SetPhase(phase),) if phase else (),
        patience=AGREE_SECONDS,
    )
