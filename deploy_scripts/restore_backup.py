"""Put what a backup holds into the datastore of a cluster, and see that it is there.

MicroK8s puts each object over what there is, and deletes nothing; of an archive under another name
it restores nothing and reports success. So the datastore is backed up again afterwards, and that
is counted and thrown away. There is no way back: what an object was before is gone.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from cluster.addon_drift import beyond
from cluster.backups import Manifest, missing
from cluster.versions import minor_of_version
from deploy_scripts.backups import copies
from deploy_scripts.backups.fetching import fetched
from deploy_scripts.backups.on_host import (
    BACKUP_SECONDS,
    LOOK_SECONDS,
    ArchiveFile,
    forget_nodes,
    receive,
    remove,
    restore,
)
from deploy_scripts.backups.sealing import NotOpened
from deploy_scripts.fleet.errors import Permanent, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.microk8s.addons import SHOW_TIMEOUT, ShownAddonsFact
from deploy_scripts.microk8s.looking import listed_nodes
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
"""A restore that is cut off has put some objects and not others; the next attempt puts them all."""
UNDO = "cannot"
ASKS = False


def apply(
    fleet: Fleet,
    *,
    before: Before,
    host: str,
    cluster: str,
    nodes: Sequence[str],
    check_backup: Mapping[str, Any],
    addons: Sequence[str] = (),
) -> Result:
    """Restore through ``host`` the backup that was proved; ``nodes`` are those of the cluster.

    ``addons`` are those that are recorded; the others that the backup has brought back are found.
    Raises ``Permanent`` where it is of another minor version, and ``Transient`` where something of
    it is not there afterwards.
    """
    del before  # there is no way back, and to put an object twice is to put it once
    manifest = Manifest.from_dict(check_backup["backup"])
    _require_version(fleet, host, cluster, manifest)
    try:
        _hand_over(fleet, host, manifest)
        _, failures = fleet.try_run(
            restore, on=[host], timeout=BACKUP_SECONDS + 20, backup=manifest.name
        )
        raise_for(failures, f"cannot restore backup {manifest.name} of cluster {cluster}")
        _require_there(fleet, host, cluster, manifest)
    finally:
        fleet.try_run(remove, on=[host], timeout=LOOK_SECONDS, backup=manifest.name)
    gone = _forgotten(fleet, host, nodes)
    fleet.mark_done(host, f"{manifest.entries} objects of backup {manifest.name} are there")
    told = {"restored": manifest.name, "entries": manifest.entries, "forgotten": gone}
    record = {"nodes": {}, "addons": [*addons, *_brought_back(fleet, host, addons)]}
    return Result({**told, "record": record})


def _require_version(fleet: Fleet, host: str, cluster: str, manifest: Manifest) -> None:
    """Raise ``Permanent`` where an API server would have to read objects of another minor."""
    seen = listed_nodes(fleet, seed=host, purpose=f"restore backup {manifest.name}")
    now = {minor_of_version(row["version"]) for row in seen["nodes"] if row["version"]}
    then = {minor_of_version(version) for version in manifest.versions}
    if now and then and not now & then:
        raise Permanent(
            f"cannot restore backup {manifest.name} of cluster {cluster}: it was taken of "
            f"{', '.join(manifest.versions)}, and the nodes run 1.{min(map(str, now))}",
            advice="form the cluster anew with the channel of that minor version, restore, then "
            "upgrade it",
        )


def _hand_over(fleet: Fleet, host: str, manifest: Manifest) -> None:
    """Write the archive on the host under its own name: a restore looks for the folder of that."""
    copies.brought(fleet.shelf, manifest)  # another Celery worker may have proved it
    is_first = True
    try:
        for piece in fleet.shelf.opened(manifest.cluster, manifest.name):
            text = b64encode(piece).decode()
            _, failures = fleet.try_run(
                receive,
                on=[host],
                timeout=LOOK_SECONDS,
                backup=manifest.name,
                text=text,
                is_first=is_first,
            )
            raise_for(failures, f"cannot hand backup {manifest.name} to {host}")
            is_first = False
    except (NotOpened, OSError) as error:
        raise Permanent(
            f"cannot read backup {manifest.name} of cluster {manifest.cluster}: {error}",
            advice="restore another: clusterwright backups list " + manifest.cluster,
        ) from error
    told = fleet.facts(ArchiveFile, on=[host], timeout=LOOK_SECONDS, backup=manifest.name)[host]
    if told["sha256"] != manifest.archive_sha256:
        raise Transient(
            f"cannot hand backup {manifest.name} to {host}: {told['bytes']} bytes arrived of "
            f"{manifest.archive_bytes}, or others than those",
            advice=f"look at the disk of {host}, then retry",
        )


def _require_there(fleet: Fleet, host: str, cluster: str, manifest: Manifest) -> None:
    """Raise ``Transient`` where the datastore holds fewer objects of a sort than the backup."""
    name = f"{manifest.name}-restored"
    contents, _ = fetched(fleet, host, cluster, name)
    fleet.try_run(remove, on=[host], timeout=LOOK_SECONDS, backup=name)
    fleet.shelf.remove(cluster, name)
    if lacks := missing(manifest.objects, contents.objects):
        raise Transient(
            f"cannot find all of backup {manifest.name} in cluster {cluster}, although MicroK8s "
            f"reported success: there are {', '.join(lacks[:5])}",
            advice=f"look at journalctl -u snap.microk8s.daemon-k8s-dqlite on {host}, then retry",
        )


def _brought_back(fleet: Fleet, host: str, addons: Sequence[str]) -> tuple[str, ...]:
    """Return the addons that are enabled beside those that are recorded.

    Where MicroK8s does not tell them, a later look does, and finds that they differ.
    """
    shown, _ = fleet.try_facts(ShownAddonsFact, on=[host], timeout=SHOW_TIMEOUT)
    return beyond(addons, shown[host].as_seen()) if host in shown else ()


def _forgotten(fleet: Fleet, host: str, nodes: Sequence[str]) -> list[str]:
    """Remove the Node objects of nodes that the cluster does not have; return their names."""
    seen = listed_nodes(fleet, seed=host, purpose="remove nodes that are no more")
    ghosts = [row["name"] for row in seen["nodes"] if row["host"] not in nodes]
    if ghosts:
        _, failures = fleet.try_run(forget_nodes, on=[host], timeout=LOOK_SECONDS, names=ghosts)
        raise_for(failures, f"cannot remove {', '.join(ghosts)}, which the backup brought back")
    return ghosts
