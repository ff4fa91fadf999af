"""Read a backup from its first byte to its last: opened, compared and counted; no host is asked.

What is missing on the shelf is brought back from the bucket first.
"""

import shlex

from cluster.backups import Contents, Manifest
from deploy_scripts.backups import copies
from deploy_scripts.backups.archive import BadArchive
from deploy_scripts.backups.key import NoKey
from deploy_scripts.backups.sealing import NotOpened
from deploy_scripts.backups.shelf import Sealed, Shelf
from deploy_scripts.fleet.errors import Permanent
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = True
"""It changes nothing, so that a check of a restore proves the backup, too."""


def apply(fleet: Fleet, *, before: Before, cluster: str, name: str) -> Result:
    """Prove a backup of the cluster; the newest where no ``name`` is given.

    Raises ``Permanent`` where there is none, or where it is not what was sealed.
    """
    del before
    manifest = found(fleet.shelf, cluster, name)
    copies.brought(fleet.shelf, manifest)
    _prove(fleet.shelf, manifest)
    return Result({"backup": manifest.as_dict()})


def found(shelf: Shelf, cluster: str, name: str) -> Manifest:
    """Return the manifest of a backup, the newest where no ``name`` is given; or ``Permanent``."""
    backups = shelf.backups(cluster)
    wanted = next((each for each in backups if each.name == name), None)
    if wanted is None:
        backups = copies.backups(shelf, cluster)
        wanted = next((each for each in backups if each.name == name or not name), None)
    if wanted is None:
        raise Permanent(
            f"cannot find {f'backup {name}' if name else 'any backup'} of cluster {cluster} among "
            f"the {len(backups)} that this Celery worker has",
            advice=f"see which there are: clusterwright backups list {cluster}; or take one: "
            f"clusterwright change backup {cluster}",
        )
    return wanted


def _prove(shelf: Shelf, manifest: Manifest) -> None:
    try:
        _require_key(shelf, manifest)
        contents, sealed = shelf.read_through(manifest.cluster, manifest.name)
    except NoKey as error:
        raise Permanent(str(error)) from error
    except OSError as error:
        fault = f"its file cannot be read: {error.strerror or error}"
    except (BadArchive, NotOpened) as error:
        fault = str(error)
    else:
        fault = _difference(manifest, contents, sealed) or contents.fault()
    if fault:
        raise Permanent(
            f"cannot trust backup {manifest.name} of cluster {manifest.cluster}: {fault}",
            advice=_way_out(shelf, manifest),
        )


def _require_key(shelf: Shelf, manifest: Manifest) -> None:
    """Raise ``Permanent`` where another key is there: with its own the backup may be whole."""
    if (mark := shelf.key_mark()) != manifest.key:
        raise Permanent(
            f"cannot open backup {manifest.name} of cluster {manifest.cluster}: {shelf.key_file} "
            f"is key {mark}, and key {manifest.key} sealed it",
            advice=f"put key {manifest.key} there, keep a copy of key {mark} for what that has "
            "sealed, then retry",
        )


def _way_out(shelf: Shelf, manifest: Manifest) -> str:
    """Return what to do without a backup: a restore needs an older one, never one of what is lost.

    One that has a copy may be whole there.
    """
    cluster, ways = manifest.cluster, []
    if manifest.copy:
        file = shlex.quote(str(shelf.file(cluster, manifest.name)))
        ways.append(f"read the copy at {manifest.copy}: rm {file}, then retry")
    older = [each.name for each in shelf.backups(cluster) if each.at < manifest.at]
    if older:
        ways.append(
            "prove the one before it, and name that to restore: clusterwright change verify-backup "
            f"{cluster} --backup {older[0]}"
        )
    ways.append(
        f"where the cluster is whole, take another now: clusterwright change backup {cluster}"
    )
    return "; or ".join(ways)


def _difference(manifest: Manifest, contents: Contents, sealed: Sealed) -> str:
    """Return in what a backup is another than its manifest says; empty where in nothing."""
    if sealed.sealed_sha256 != manifest.sealed_sha256:
        return f"its file's SHA-256 is {sealed.sealed_sha256}, not {manifest.sealed_sha256}"
    if (sealed.bytes, sealed.sha256) != (manifest.archive_bytes, manifest.archive_sha256):
        return f"its archive has {sealed.bytes} bytes, not those {manifest.archive_bytes}"
    if contents.entries != manifest.entries or contents.objects != manifest.objects:
        return f"it holds {contents.entries} objects, not those {manifest.entries}"
    return ""
