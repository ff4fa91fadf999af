"""Has a control plane node write an archive, fetches it, and counts what arrived."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cluster.backups import Contents
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
from deploy_scripts.backups.shelf import Sealed, Shelf
from deploy_scripts.fleet.errors import Permanent, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.outcome import raise_for


def fetched(fleet: Fleet, host: str, cluster: str, name: str) -> tuple[Contents, Sealed]:
    """Write a sealed file of what the datastore holds, and return what was counted in it.

    Where that fails, nothing is left of it on the host or here. Raises ``Transient`` where the
    archive is empty, damaged, or another one than the host wrote.
    """
    try:
        _made(fleet, host, cluster, name)
        told = fleet.facts(ArchiveFile, on=[host], timeout=LOOK_SECONDS, backup=name)[host]
        sealed = _sealed(fleet, host, cluster, name, told)
        return _counted(fleet, host, cluster, name, sealed), sealed
    except BaseException:
        fleet.try_run(remove, on=[host], timeout=LOOK_SECONDS, backup=name)
        fleet.shelf.remove(cluster, name)
        raise


def no_room(shelf: Shelf, cluster: str, error: OSError) -> Transient:
    """Return what is told where the shelf takes no file."""
    return Transient(
        f"cannot keep a backup of cluster {cluster}: {error.strerror or error}",
        advice=f"make room in {shelf.data_dir}, then retry",
    )


def _made(fleet: Fleet, host: str, cluster: str, name: str) -> None:
    _, failures = fleet.try_run(make, on=[host], timeout=BACKUP_SECONDS + 20, backup=name)
    by_hand = f"run 'microk8s dbctl backup' as root on {host}, mend what it says, then retry"
    failures = tuple(replace(each, advice=each.advice or by_hand) for each in failures)
    raise_for(failures, f"cannot back up cluster {cluster}")


def _sealed(fleet: Fleet, host: str, cluster: str, name: str, told: Mapping[str, Any]) -> Sealed:
    """Fetch the archive in pieces, each sealed as it comes: it never lies open on this side."""
    try:
        sealed = fleet.shelf.seal(cluster, name, _pieces(fleet, host, name, told["bytes"]))
    except NoKey as error:
        raise Permanent(str(error)) from error
    except OSError as error:
        raise no_room(fleet.shelf, cluster, error) from error
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
