"""See which backups of a cluster have no whole copy in the bucket, by reading each copy back.

No host is asked, and nothing is changed.
"""

from deploy_scripts.backups import copies
from deploy_scripts.check_backup import found
from deploy_scripts.fleet.errors import Permanent
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = True


def apply(fleet: Fleet, *, before: Before, host: str, cluster: str, name: str) -> Result:
    """Return the names of those without a copy, the newest first; of one backup, if it is named.

    Raises ``Permanent`` where no bucket is named, or no such backup is there, and ``Transient`` or
    ``Permanent`` where the bucket does not tell.
    """
    del before
    shelf = fleet.shelf
    if shelf.target is None:
        raise Permanent(
            f"cannot copy backups of cluster {cluster}: no bucket is named",
            advice="name one where this Celery worker runs (CLUSTERWRIGHT_BACKUP_S3), see that "
            "clusterwright doctor finds it, then retry",
        )
    wanted = (found(shelf, cluster, name),) if name else shelf.backups(cluster)
    missing = [each.name for each in wanted if not copies.is_copied(shelf, each)]
    place = shelf.target.address()
    fleet.mark_done(host, f"{len(missing)} of {len(wanted)} backups have no copy in {place}")
    return Result({"missing": missing, "of": len(wanted), "bucket": place})
