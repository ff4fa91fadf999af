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
    environment = environment_of(inventory, cluster) if cluster is not None else None
    demand(by, need, cluster=cluster, environment=environment)


def permit_job(inventory: Inventory, by: Principal, need: Permission, job: Job) -> None:
    """Raise ``Forbidden`` unless ``by`` may do what needs a permission on a job's cluster.

    Of a cluster that is not there yet, the job that is to make it says what it is for.
    """
    if allowed(by, need, cluster=None, environment=None):
        return
    demand(by, need, cluster=job.cluster, environment=environment_of_job(inventory, job))


def environment_of_job(inventory: Inventory, job: Job) -> Environment | None:
    """Return what the cluster of a job is for, or is to be for once the job has made it."""
    environment = environment_of(inventory, job.cluster)
    return Environment(job.founds) if environment is None and job.founds else environment


def environment_of(inventory: Inventory, cluster: str) -> Environment | None:
    """Return what a cluster is for; ``None`` where there is none of that name."""
    with suppress(ClusterNotFound):
        return inventory.cluster(cluster).environment
    return None
