"""Credentials of a cluster are issued to those who use it."""

from cluster.quorum import expected
from cluster.spec import Cluster
from workflows.plan import Step
from workflows.retry import Retry

SIGN_SECONDS = 120.0
"""How long the controller that signs may take; its leader may be changing."""


def issue_credential(cluster: Cluster, host: str, *, role: str, request: str, minutes: int) -> Step:
    """Have a request signed through one control plane node."""
    return Step(
        "issue_credential",
        f"Issue a credential for {cluster.name} as {role}, for {minutes} minutes",
        (host,),
        {
            "host": host,
            "cluster": cluster.name,
            "control_plane": list(cluster.control_plane),
            "request": request,
            "seconds": minutes * 60,
        },
        quorum=expected(len(cluster.control_plane)),
        retry=Retry(attempts=3, base_seconds=5),
        patience=SIGN_SECONDS,
    )
