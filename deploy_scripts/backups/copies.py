"""Copies of backups in a bucket: made, listed, brought back, and taken away with the backup itself.

A copy is the sealed file and its manifest, and the manifest comes last and goes first: whoever
lists the bucket finds whole copies only. Whether one is there is judged by what is read back.
Without a bucket all this comes down to the shelf.
"""

import hashlib
import io
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from buckets.bucket import Bucket, BucketError
from buckets.target import Target
from cluster.backups import NAME_PATTERN, Manifest
from deploy_scripts.backups.on_host import MOST_BYTES
from deploy_scripts.backups.shelf import MANIFEST, SEALED, Shelf
from deploy_scripts.fleet.errors import Permanent, StepError, Transient

LARGEST_MANIFEST = 1024 * 1024
MOST_SEALED_BYTES = MOST_BYTES + MOST_BYTES // 1024
"""What sealing adds to an archive is less than this."""

_MANIFEST = re.compile(rf"({NAME_PATTERN}){re.escape(MANIFEST)}")


def copied(shelf: Shelf, manifest: Manifest) -> Manifest:
    """Have a copy of a backup in the bucket; return its manifest, which tells where.

    A copy that is there already is left. Raises ``Transient`` and ``Permanent``.
    """
    if shelf.target is None:
        return manifest
    cluster, name = manifest.cluster, manifest.name
    place = _place(shelf.target, manifest)
    manifest = replace(manifest, copy=place)
    try:
        bucket = Bucket(shelf.target)
        told = json.dumps(manifest.as_dict(), indent=1).encode()
        if not _has_sealed(bucket, manifest):
            with shelf.file(cluster, name).open("rb") as sealed:
                bucket.put(f"{cluster}/{name}{SEALED}", sealed, manifest.sealed_bytes)
            _require(_has_sealed(bucket, manifest), manifest)
        shelf.put(manifest)  # from now on an undo knows that there is a copy to remove
        bucket.put(f"{cluster}/{name}{MANIFEST}", io.BytesIO(told), len(told))
        _require(_manifest(bucket, cluster, name) == manifest, manifest)
    except BucketError as error:
        raise _failed(f"cannot copy backup {name} of cluster {cluster} to {place}", error) from None
    except OSError as error:
        raise Transient(
            f"cannot copy backup {name} of cluster {cluster}: {error.strerror or error}",
            advice=f"look at {shelf.data_dir}, then retry",
        ) from error
    return manifest


def is_copied(shelf: Shelf, manifest: Manifest) -> bool:
    """Say whether the bucket has a whole copy of a backup, by reading it back.

    Raises ``Transient`` and ``Permanent``.
    """
    if shelf.target is None or manifest.copy != _place(shelf.target, manifest):
        return False
    try:
        bucket = Bucket(shelf.target)
        is_told = _manifest(bucket, manifest.cluster, manifest.name) == manifest
        return is_told and _has_sealed(bucket, manifest)
    except BucketError as error:
        raise _failed(f"cannot tell whether there is a copy at {manifest.copy}", error) from None


def backups(shelf: Shelf, cluster: str) -> tuple[Manifest, ...]:
    """Return what stands on the shelf or in the bucket, the newest first.

    Raises ``Transient`` and ``Permanent``.
    """
    here = {each.name: each for each in shelf.backups(cluster)}
    if shelf.target is not None:
        try:
            bucket = Bucket(shelf.target)
            for key in bucket.keys(f"{cluster}/"):
                matched = _MANIFEST.fullmatch(key.removeprefix(f"{cluster}/"))
                if matched and matched[1] not in here:
                    found = _manifest(bucket, cluster, matched[1])
                    here |= {found.name: found} if found else {}
        except BucketError as error:
            raise _failed(
                f"cannot tell which copies of backups of cluster {cluster} there are",
                error,
                f"; a backup that is named is read without the bucket: clusterwright change "
                f"verify-backup {cluster} --backup NAME",
            ) from None
    return tuple(sorted(here.values(), key=lambda each: (each.at, each.name), reverse=True))


def brought(shelf: Shelf, manifest: Manifest) -> None:
    """Have a backup on the shelf, from the bucket where it is missing there.

    Raises ``Transient`` and ``Permanent``.
    """
    cluster, name = manifest.cluster, manifest.name
    if shelf.target is None or (shelf.holds(cluster, name) and shelf.backup(cluster, name)):
        return
    what = f"cannot bring backup {name} of cluster {cluster} back from the bucket"
    try:
        if not shelf.holds(cluster, name):
            pieces = Bucket(shelf.target).pieces(f"{cluster}/{name}{SEALED}", manifest.sealed_bytes)
            if not shelf.keep(cluster, name, pieces, manifest.sealed_sha256):
                raise Permanent(
                    f"{what}: what is there is not what was sealed",
                    advice=f"choose another: clusterwright backups list {cluster}; and see who "
                    "else writes into the bucket",
                )
        shelf.put(manifest)
    except BucketError as error:
        raise _failed(what, error) from None
    except OSError as error:
        raise Transient(
            f"{what}: {error.strerror or error}",
            advice=f"make room in {shelf.data_dir}, then retry",
        ) from error


def taken_back(shelf: Shelf, cluster: str, name: str) -> None:
    """Remove a backup that a job took, however far that came; raises as ``taken_away`` does."""
    manifest = shelf.backup(cluster, name)
    taken_away(shelf, cluster, name, was_copied=bool(manifest and manifest.copy))


def taken_away(shelf: Shelf, cluster: str, name: str, *, was_copied: bool) -> None:
    """Remove a backup from the bucket and then from the shelf.

    Where none ``was_copied``, what a bucket that does not answer may have of it has no manifest,
    and is left. Raises ``OSError``, ``Transient`` and ``Permanent``.
    """
    if shelf.target is not None:
        try:
            _removed(Bucket(shelf.target).remove, f"{cluster}/{name}")
        except BucketError as error:
            if was_copied:
                what = f"cannot remove the copy of backup {name} of cluster {cluster}"
                raise _failed(what, error) from None
    shelf.remove(cluster, name)


def _place(target: Target, manifest: Manifest) -> str:
    return target.address(f"{manifest.cluster}/{manifest.name}{SEALED}")


def _removed(remove: Callable[[str], None], key: str) -> None:
    remove(f"{key}{MANIFEST}")
    remove(f"{key}{SEALED}")


def _has_sealed(bucket: Bucket, manifest: Manifest) -> bool:
    """Say whether the bucket gives back what was sealed, to its last byte."""
    key = f"{manifest.cluster}/{manifest.name}{SEALED}"
    if bucket.size(key) != manifest.sealed_bytes:
        return False
    digest = hashlib.sha256()
    for piece in bucket.pieces(key, manifest.sealed_bytes):
        digest.update(piece)
    return digest.hexdigest() == manifest.sealed_sha256


def _require(is_there: bool, manifest: Manifest) -> None:
    if not is_there:
        raise Transient(
            f"cannot find backup {manifest.name} of cluster {manifest.cluster} at {manifest.copy}, "
            "although the bucket reported success: it gives back something else",
            advice="see who else writes into the bucket, then retry",
        )


def _manifest(bucket: Bucket, cluster: str, name: str) -> Manifest | None:
    """Return a manifest of the bucket; ``None`` for what is damaged, or another's."""
    try:
        text = b"".join(bucket.pieces(f"{cluster}/{name}{MANIFEST}", LARGEST_MANIFEST))
    except BucketError as error:
        if error.is_missing:  # another job has removed it since it was listed
            return None
        raise
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        manifest = Manifest.from_dict(json.loads(text))
        is_bounded = 0 < manifest.sealed_bytes <= MOST_SEALED_BYTES
        if (manifest.cluster, manifest.name) == (cluster, name) and is_bounded:
            return manifest
    return None


def _failed(what: str, error: BucketError, more: str = "") -> StepError:
    kind = Transient if error.may_pass else Permanent
    return kind(f"{what}: {error}", advice=f"{error.advice}, then retry{more}")
