"""Have copies in the bucket of backups that have none, such as those from before it was named.

No host is asked. ``UNDO`` is ``"nothing"``: a copy harms nothing, and goes with its backup.
"""

from collections.abc import Mapping
from typing import Any

from cluster.backups import Manifest
from deploy_scripts.backups import copies
from deploy_scripts.backups.shelf import Shelf
from deploy_scripts.fleet.errors import Permanent, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = False


def apply(
    fleet: Fleet, *, before: Before, host: str, cluster: str, check_copies: Mapping[str, Any]
) -> Result:
    """Copy what was found to have no copy; one that was removed since then is left out.

    Raises ``Permanent``, once all others are copied, where a backup is not what was sealed, and
    ``Transient`` or ``Permanent`` where the bucket does not take one.
    """
    del before  # what is copied is seen in the bucket
    shelf = fleet.shelf
    copied, faults = [], {}
    for name in check_copies["missing"]:
        if (manifest := shelf.backup(cluster, name)) is None:
            continue
        if fault := _fault(shelf, manifest):
            faults[name] = fault
        elif _is_kept(shelf, copies.copied(shelf, manifest)):
            copied.append(name)
    if faults:
        first = next(iter(faults))
        told = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
        raise Permanent(
            f"cannot copy {len(faults)} of {check_copies['of']} backups of cluster {cluster}; the "
            f"others have a copy: {told}",
            advice=f"see what is wrong: clusterwright change verify-backup {cluster} --backup "
            f"{first}; take another now: clusterwright change backup {cluster}",
        )
    fleet.mark_done(host, f"{len(copied)} backups copied to {check_copies['bucket']}")
    return Result({"copied": copied})


def _fault(shelf: Shelf, manifest: Manifest) -> str:
    """Return why a backup is not to be copied, as half a sentence; empty where it is."""
    try:
        digest = shelf.digest(manifest.cluster, manifest.name)
    except OSError as error:
        return f"its file cannot be read: {error.strerror or error}"
    return "" if digest == manifest.sealed_sha256 else "it is not what was sealed"


def _is_kept(shelf: Shelf, manifest: Manifest) -> bool:
    """Say whether a backup is still there; a copy of one that was thinned out meanwhile goes."""
    cluster, name = manifest.cluster, manifest.name
    if shelf.holds(cluster, name):
        return True
    try:
        copies.taken_away(shelf, cluster, name, was_copied=True)
    except OSError as error:
        raise Transient(
            f"cannot take backup {name} of cluster {cluster} away again: {error.strerror or error}",
            advice=f"let Celery workers write {shelf.data_dir}, then retry",
        ) from error
    return False
