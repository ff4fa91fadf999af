"""Back up the datastore of a cluster from one control plane node, and keep it sealed elsewhere.

MicroK8s may write an empty archive and report success, so the archive is counted as it stands on
the shelf, after it was sealed and opened again. What is on the host is removed, whatever happens.
Where a bucket is named, the step is done once a copy stands there, read back; an attempt that
failed with the copy is followed by one that copies and does not ask the cluster again.
"""

from collections.abc import Mapping, Sequence
from time import time
from typing import Any

from cluster.backups import Manifest, name_of
from deploy_scripts.backups import copies
from deploy_scripts.backups.fetching import fetched, no_room
from deploy_scripts.backups.on_host import LOOK_SECONDS, remove
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.looking import look_at_nodes
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "does"
ASKS = False


def apply(fleet: Fleet, *, before: Before, host: str, cluster: str) -> Result:
    """Put a backup of the cluster on the shelf unless this job has; leave none on the host.

    Raises ``Transient`` where the archive is empty, damaged, or another one than the host wrote,
    and ``Transient`` or ``Permanent`` where the bucket does not take the copy.
    """
    before.note({"name": name_of(time(), fleet.mark.job)})
    name: str = before.noted["name"]
    manifest = fleet.shelf.backup(cluster, name) or _taken(fleet, host, cluster, name)
    fleet.run(remove, on=[host], timeout=LOOK_SECONDS, backup=name)
    manifest = copies.copied(fleet.shelf, manifest)
    where = f", with a copy at {manifest.copy}" if manifest.copy else ""
    fleet.mark_done(host, f"{manifest.entries} objects in backup {name}{where}")
    return Result({"backup": manifest.as_dict()})


def undo(fleet: Fleet, *, before: Before, host: str, cluster: str) -> Result:
    """Take the backup away again, on the host, in the bucket and on the shelf."""
    if name := before.noted.get("name"):
        fleet.run(remove, on=[host], timeout=LOOK_SECONDS, backup=name)
        copies.taken_back(fleet.shelf, cluster, name)
    return Result()


def _taken(fleet: Fleet, host: str, cluster: str, name: str) -> Manifest:
    nodes = look_at_nodes(fleet, seed=host)["nodes"] or []
    contents, sealed = fetched(fleet, host, cluster, name)
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
    try:
        fleet.shelf.put(manifest)
    except OSError as error:
        fleet.shelf.remove(cluster, name)
        raise no_room(fleet.shelf, cluster, error) from error
    return manifest


def _versions(nodes: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted({row["version"] for row in nodes if row["version"]}))
