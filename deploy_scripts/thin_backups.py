"""Take old backups of a cluster off the shelf and out of the bucket, once a newer one stands there.

``UNDO`` is ``"nothing"``: what goes was to go, and what this job has taken always stays.
"""

from cluster.backups import superfluous
from deploy_scripts.backups import copies
from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = False


def apply(fleet: Fleet, *, before: Before, cluster: str, keep: int, days: int) -> Result:
    """Keep the newest ``keep`` backups, none older than ``days`` but the newest; 0 days: all.

    The newest is the one that this job has taken, whatever clock has dated the others.
    """
    del before
    shelf = fleet.shelf
    gone = superfluous(copies.backups(shelf, cluster), keep, days, fleet.mark.job)
    try:
        for backup in gone:
            copies.taken_away(shelf, cluster, backup.name, was_copied=bool(backup.copy))
    except OSError as error:
        raise Transient(
            f"cannot take old backups of cluster {cluster} away: {error.strerror or error}",
            advice=f"let Celery workers write {shelf.data_dir}, then retry",
        ) from error
    return Result({"removed": [backup.name for backup in gone]})
