"""Back up the datastore of a cluster from one control plane node, and keep it sealed elsewhere.

MicroK8s may write an empty archive and report success, so the archive is counted as it stands on
the shelf, after it was sealed and opened again. What is on the host is removed, whatever happens.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from time import time
from typing import Any

from cluster.backups import Contents, Manifest, name_of
from deploy_scripts.backups.archive import BadArchive
from deploy_scripts.backups.key import NoKey
from deploy_scripts.backups.on_host import (
    BACKUP_SECONDS,
    LOOK_SECONDS,
    PIECE_BYTES,
    ArchiveFile,
    ArchivePiece,
    make,
    remove,
)
from deploy_scripts.backups.sealing import NotOpened
from deploy_scripts.backups.shelf import Sealed
from deploy_scripts.fleet.errors import Permanent, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.microk8s.looking import look_at_nodes
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "does"
ASKS = False


def apply(fleet: Fleet, *, before: Before, host: str, cluster: str) -> Result:
    """Put a backup of the cluster on the shelf unless this job has; leave none on the host.

    Raises ``Transient`` where the archive is empty, damaged, or another one than the host wrote.
    """
    before.note({"name": name_of(time(), fleet.mark.job)})
    name: str = before.noted["name"]
    manifest = fleet.shelf.backup(cluster, name)
    if manifest is None:
        try:
            manifest = _taken(fleet, host, cluster, name)
        except BaseException:
            fleet.try_run(remove, on=[host], timeout=LOOK_SECONDS)
            fleet.shelf.remove(cluster, name)
            raise
    fleet.run(remove, on=[host], timeout=LOOK_SECONDS)
    fleet.mark_done(host, f"{manifest.entries} objects in backup {name}")
    return Result({"backup": manifest.as_dict()})


def undo(fleet: Fleet, *, before: Before, host: str, cluster: str) -> Result:
    """Take the backup away again, on the host and on the shelf."""
    fleet.run(remove, on=[host], timeout=LOOK_SECONDS)
    if name := before.noted.get("name"):
        fleet.shelf.remove(cluster, name)
    return Result()


def _taken(fleet: Fleet, host: str, cluster: str, name: str) -> Manifest:
    nodes = look_at_nodes(fleet, seed=host)["nodes"] or []
    _, failures = fleet.try_run(make, on=[host], timeout=BACKUP_SECONDS + 20, backup=name)
    by_hand = f"run 'microk8s dbctl backup' as root on {host}, mend what it says, then retry"
    failures = tuple(replace(each, advice=each.advice or by_hand) for each in failures)
    raise_for(failures, f"cannot back up cluster {cluster}")
    told = fleet.facts(ArchiveFile, on=[host], timeout=LOOK_SECONDS, backup=name)[host]
    sealed = _sealed(fleet, host, cluster, name, told)
    contents = _counted(fleet, host, cluster, name, sealed)
    manifest = Manifest(
        name=name,
        cluster=cluster,
        at=time(),
        host=host,
        job=fleet.mark.job,
        nodes=tuple(sorted(row["host"] or row["name"] for row in nodes)),
        versions=_versions(nodes),
        entries=contents.entries,
        objects=contents.objects,
        archive_bytes=sealed.bytes,
        archive_sha256=sealed.sha256,
        sealed_bytes=sealed.sealed_bytes,
        sealed_sha256=sealed.sealed_sha256,
        key=sealed.key,
    )
    fleet.shelf.put(manifest)
    return manifest


def _versions(nodes: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted({row["version"] for row in nodes if row["version"]}))


def _sealed(fleet: Fleet, host: str, cluster: str, name: str, told: Mapping[str, Any]) -> Sealed:
    """Fetch the archive in pieces, each sealed as it comes: it never lies open on this side."""
    try:
        sealed = fleet.shelf.seal(cluster, name, _pieces(fleet, host, name, told["bytes"]))
    except NoKey as error:
        raise Permanent(str(error)) from error
    except OSError as error:
        raise Transient(
            f"cannot keep a backup of cluster {cluster}: {error.strerror or error}",
            advice=f"make room in {fleet.shelf.data_dir}, then retry",
        ) from error
    if (sealed.bytes, sealed.sha256) != (told["bytes"], told["sha256"]):
        raise Transient(
            f"cannot keep a backup of cluster {cluster}: {sealed.bytes} bytes arrived of the "
            f"{told['bytes']} that {host} wrote, or others than those",
            advice=f"look at the disk and the network of {host}, then retry",
        )
    return sealed


def _pieces(fleet: Fleet, host: str, name: str, size: int) -> Iterator[bytes]:
    for number in range(-(-size // PIECE_BYTES)):
        found = fleet.facts(
            ArchivePiece, on=[host], timeout=LOOK_SECONDS, backup=name, number=number
        )
        yield found[host]


def _counted(fleet: Fleet, host: str, cluster: str, name: str, sealed: Sealed) -> Contents:
    """Return what is on the shelf, opened as a restore opens it."""
    try:
        contents, again = fleet.shelf.read_through(cluster, name)
    except (BadArchive, NotOpened, OSError) as error:
        fault = str(error)
    else:
        fault = contents.fault() or (
            "" if again == sealed else "it does not read as it was written"
        )
        if not fault:
            return contents
    raise Transient(
        f"cannot use the backup of cluster {cluster} that {host} made, although MicroK8s reported "
        f"success: {fault}",
        advice=f"look at journalctl -u snap.microk8s.daemon-k8s-dqlite on {host}, then retry",
    )
