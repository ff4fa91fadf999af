"""Backups for tests, on a shelf, as a job puts them there."""

import io
import tarfile

from cluster.backups import Manifest, name_of
from deploy_scripts.backups.shelf import Shelf

KEYS = ("/registry/minions/n1", *(f"/registry/pods/default/p{n}" for n in range(30)))


def archive_of(name: str, keys: tuple[str, ...] = KEYS, folder: str = "") -> bytes:
    """Return an archive as ``microk8s dbctl backup`` writes it."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        top = tarfile.TarInfo(folder or name)
        top.type = tarfile.DIRTYPE
        archive.addfile(top)
        for number, key in enumerate(keys):
            for part, content in (("key", key.encode()), ("data", b"kept close")):
                entry = tarfile.TarInfo(f"{folder or name}/{number}.{part}")
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def put(shelf: Shelf, cluster: str, at: float, keys: tuple[str, ...] = KEYS) -> Manifest:
    """Put a backup on the shelf that was taken at a moment."""
    name = name_of(at, "3f2a91c0d4e5")
    data = archive_of(name, keys)
    sealed = shelf.seal(cluster, name, [data[:100], data[100:]])
    contents, _ = shelf.read_through(cluster, name)
    manifest = Manifest(
        name=name,
        cluster=cluster,
        at=at,
        host="n2",
        job="3f2a91c0d4e5",
        nodes=("n1", "n2"),
        versions=("v1.32.1",),
        entries=contents.entries,
        objects=contents.objects,
        archive_bytes=sealed.bytes,
        archive_sha256=sealed.sha256,
        sealed_bytes=sealed.sealed_bytes,
        sealed_sha256=sealed.sealed_sha256,
        key=sealed.key,
    )
    shelf.put(manifest)
    return manifest
