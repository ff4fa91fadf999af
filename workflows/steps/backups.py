"""Backups of a datastore are taken, read and thinned out."""

from cluster.quorum import expected
from cluster.spec import Cluster
from workflows.plan import Step
from workflows.retry import Retry
from workflows.writes import AsFound


def take_backup(cluster: Cluster, host: str) -> Step:
    """Back up the datastore from one control plane node."""
    return Step(
        "take_backup",
        f"Back up the datastore of {cluster.name} from {host}",
        (host,),
        {"host": host, "cluster": cluster.name},
        quorum=expected(len(cluster.control_plane)),
        retry=Retry(attempts=3, base_seconds=5),
    )


def thin_backups(cluster: Cluster, host: str, *, keep: int, days: int) -> Step:
    """Keep the newest backups; ``host`` says whose Celery worker has them."""
    return Step(
        "thin_backups",
        f"Keep the newest {keep} backups of {cluster.name}",
        (host,),
        {"cluster": cluster.name, "keep": keep, "days": days},
        quorum=expected(len(cluster.control_plane)),
    )


def check_backup(cluster: Cluster, host: str, name: str) -> Step:
    """Prove a backup, the newest without a ``name``; ``host`` says whose Celery worker has it."""
    return Step(
        "check_backup",
        f"Read {f'backup {name}' if name else 'the newest backup'} of {cluster.name} to its end",
        (host,),
        {"cluster": cluster.name, "name": name},
        quorum=expected(len(cluster.control_plane)),
    )


def check_copies(cluster: Cluster, host: str, name: str) -> Step:
    """See which backups have no copy, of all without a ``name``; ``host`` says who has them."""
    return Step(
        "check_copies",
        f"See whether {_named(name)} of {cluster.name} {'has its' if name else 'have their'} copy",
        (host,),
        {"host": host, "cluster": cluster.name, "name": name},
        quorum=expected(len(cluster.control_plane)),
        retry=Retry(attempts=3, base_seconds=5),
    )


def copy_backups(cluster: Cluster, host: str, name: str) -> Step:
    """Copy to the bucket what has no copy there."""
    return Step(
        "copy_backups",
        f"Copy {_named(name)} of {cluster.name} to the bucket",
        (host,),
        {"host": host, "cluster": cluster.name},
        quorum=expected(len(cluster.control_plane)),
        retry=Retry(attempts=3, base_seconds=5),
        needs=("check_copies",),
    )


def _named(name: str) -> str:
    return f"backup {name}" if name else "the backups"


def restore_backup(cluster: Cluster, host: str) -> Step:
    """Put what a proved backup holds into the datastore; it may stop the API for a while.

    The addons of the backup come back with it, so they are recorded as they are found then.
    """
    return Step(
        "restore_backup",
        f"Restore the datastore of {cluster.name} through {host}",
        (host,),
        {
            "host": host,
            "cluster": cluster.name,
            "nodes": list(cluster.nodes),
            "addons": list(cluster.addons),
        },
        quorum=expected(len(cluster.control_plane)),
        retry=Retry(attempts=3, base_seconds=5),
        needs=("check_backup",),
        writes=(AsFound(),),
    )
