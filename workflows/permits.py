"""Whether somebody may do something to a cluster, by what its record says that it is for."""

from contextlib import suppress

from cluster.spec import Environment
from workflows.access import Permission, Principal, allowed, demand
from workflows.inventory import ClusterNotFound, Inventory
from workflows.jobs import Job


def permit(inventory: Inventory, by: Principal, need: Permission, cluster: str | None) -> None:
    """Raise ``Forbidden`` unless ``by`` may do what needs a permission on a cluster.

    The record is read only for who has no grant for all clusters. ``cluster`` is ``None`` for what
    is of no single one.
    """
    if allowed(by, need, cluster=None, environment=None):
        return
    environment = _environment(inventory, cluster) if cluster is not None else None
    demand(by, need, cluster=cluster, environment=environment)


def permit_job(inventory: Inventory, by: Principal, need: Permission, job: Job) -> None:
    """Raise ``Forbidden`` unless ``by`` may do what needs a permission on a job's cluster.

    Of a cluster that is not there yet, the job that is to make it says what it is for.
    """
    if allowed(by, need, cluster=None, environment=None):
        return
    environment = _environment(inventory, job.cluster)
    if environment is None and job.founds:
        environment = Environment(job.founds)
    demand(by, need, cluster=job.cluster, environment=environment)


def _environment(inventory: Inventory, cluster: str) -> Environment | None:
    with suppress(ClusterNotFound):
        return inventory.cluster(cluster).environment
    return None
