"""Hosts that a job has reserved and that are no nodes: what is in the way, and how they come free.

Pure.
"""

from cluster.actions import Action, Advised
from workflows.plan import Reservation
from workflows.states import FINISHED


def why_reserved(it: str, cluster: str, held: Reservation) -> str:
    """Say for which cluster ``it``, a host, is reserved, and which job has done so."""
    if held.is_over:
        return (
            f"{it} was reserved for cluster {cluster} by job {held.job}, which goes neither "
            "on nor back any more, and may carry what that job has put there"
        )
    return f"{it} is reserved for cluster {cluster} by job {held.job}, which is {held.status}"


def way_out(cluster: str, held: Reservation) -> str:
    """Say how the host comes free."""
    if held.is_over:
        return f"add it to {cluster}, then remove it there"
    if held.status in FINISHED:
        return "retry that job, or roll it back"
    return "wait until that job is finished, or cancel it"


def ways_out(cluster: str, held: Reservation) -> tuple[Advised, ...]:
    """Return what ``way_out`` says, as actions."""
    if held.is_over:
        return (Action.SHOW_CLUSTER.of(cluster=cluster),)
    return (Action.SHOW_JOB.of(job=held.job),)
