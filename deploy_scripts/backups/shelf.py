"""The shelf on which the backups of clusters stand: a sealed file each, and its manifest beside it.

A backup is on the shelf once its manifest is, which comes last; what an interrupted job left of a
sealed file is none. Both are files that their owner alone may read.
"""

import hashlib
import io
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from buckets.target import Target
from cluster.backups import Contents, Manifest
from deploy_scripts.backups import key
from deploy_scripts.backups.archive import contents_of
from deploy_scripts.backups.sealing import opened, seal

FOLDER, KEY = "backups", "backup-key/key"
"""Of the data directory. The key stands elsewhere, so that a copy of the backups has none."""
SEALED, MANIFEST = ".sealed", ".json"
CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was written of a stream."""

    bytes: int
    sha256: str
    sealed_bytes: int
    sealed_sha256: str
    key: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The backups in a data directory."""

    data_dir: Path
    target: Target | None = None
    """The bucket that takes a copy of each; ``None`` for no bucket."""

    @property
    def key_file(self) -> Path:
        return self.data_dir / KEY

    def file(self, cluster: str, name: str) -> Path:
        """Return where the sealed file of a backup is."""
        return self.data_dir / FOLDER / cluster / f"{name}{SEALED}"

    def backups(self, cluster: str) -> tuple[Manifest, ...]:
        """Return what stands there of a cluster, the newest first; a damaged manifest is none."""
        files = (self.data_dir / FOLDER / cluster).glob(f"*{MANIFEST}")
        found = [manifest for file in files if (manifest := _read(file))]
        return tuple(sorted(found, key=lambda each: (each.at, each.name), reverse=True))

    def backup(self, cluster: str, name: str) -> Manifest | None:
        """Return the manifest of one backup, if it is there."""
        return _read(self.file(cluster, name).with_suffix(MANIFEST))

    def holds(self, cluster: str, name: str) -> bool:
        """Say whether the sealed file of a backup is there, whatever is in it."""
        return self.file(cluster, name).is_file()

    def digest(self, cluster: str, name: str) -> str:
        """Return the SHA-256 of the sealed file of a backup, as it is now; raises ``OSError``."""
        with self.file(cluster, name).open("rb") as stored:
            return _sum_of(stored).sha256

    def keep(self, cluster: str, name: str, pieces: Iterable[bytes], sha256: str) -> bool:
        """Write a sealed file that was sealed before; say whether it is that one, else keep none.

        Raises ``OSError``.
        """
        file = self.file(cluster, name)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = file.with_name(f".{file.name}.part")
        part.unlink(missing_ok=True)
        counted = _Counted()
        try:
            opened_part = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(opened_part, "wb") as written:
                for piece in counted.passing(pieces):
                    written.write(piece)
                os.fsync(written.fileno())
            if counted.sha256 == sha256:
                part.replace(file)
        finally:
            part.unlink(missing_ok=True)
        return counted.sha256 == sha256

    def seal(self, cluster: str, name: str, pieces: Iterable[bytes]) -> Sealed:
        """Write the sealed file of a backup; it is none until it is put on the shelf.

        Raises ``NoKey``, also where the key is gone that sealed others, and ``OSError``.
        """
        file = self.file(cluster, name)
        secret = self._key_to_seal()
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        plain, sealed = _Counted(), _Counted()
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            for frame in seal(plain.passing(pieces), secret, _about(cluster, name)):
                written.write(sealed.took(frame))
            os.fsync(written.fileno())
        return Sealed(plain.bytes, plain.sha256, sealed.bytes, sealed.sha256, key.mark_of(secret))

    def _key_to_seal(self) -> bytes:
        """Return the key, a new one where nothing was sealed yet; raises ``NoKey``.

        Never a new one beside backups that another has sealed: both files would have one name, and
        whoever puts the former back loses what was sealed meanwhile.
        """
        folder = self.data_dir / FOLDER
        if not self.key_file.exists() and any(folder.glob(f"*/*{MANIFEST}")):
            raise key.NoKey(
                f"cannot find {self.key_file}, which sealed the backups in {folder}; put its copy "
                "back; if there is none, nobody can open them any more: move them out of that "
                "folder, and the next backup makes a new key"
            )
        return key.made(self.key_file)

    def key_mark(self) -> str:
        """Return what tells the key that is there from others; raises ``NoKey``."""
        return key.mark_of(key.read(self.key_file))

    def read_through(self, cluster: str, name: str) -> tuple[Contents, Sealed]:
        """Open a sealed file to its end and count what is in it.

        Raises ``NoKey``, ``NotOpened``, ``BadArchive`` and ``OSError``.
        """
        secret = key.read(self.key_file)
        file = self.file(cluster, name)
        plain = _Counted()
        with file.open("rb") as stored:
            pieces = plain.passing(opened(stored, secret, _about(cluster, name)))
            stream = io.BufferedReader(_Stream(pieces), CHUNK)
            contents = contents_of(stream, name)
            while stream.read(CHUNK):
                pass  # what is proved only by the end of the file, beyond the archive's own
            sealed = _sum_of(stored)
        return contents, Sealed(
            plain.bytes, plain.sha256, sealed.bytes, sealed.sha256, key.mark_of(secret)
        )

    def opened(self, cluster: str, name: str) -> Iterator[bytes]:
        """Yield the archive of a backup; raises ``NoKey``, ``NotOpened`` and ``OSError``."""
        secret = key.read(self.key_file)
        with self.file(cluster, name).open("rb") as stored:
            yield from opened(stored, secret, _about(cluster, name))

    def put(self, manifest: Manifest) -> None:
        """Put a backup on the shelf whose sealed file is written; raises ``OSError``."""
        file = self.file(manifest.cluster, manifest.name).with_suffix(MANIFEST)
        part = file.with_name(f".{file.name}.part")
        part.unlink(missing_ok=True)
        try:
            opened_part = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(opened_part, "w") as written:
                json.dump(manifest.as_dict(), written, indent=1)
                os.fsync(written.fileno())
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)

    def remove(self, cluster: str, name: str) -> None:
        """Take a backup off the shelf, and whatever there is of one that never was whole."""
        file = self.file(cluster, name)
        file.with_suffix(MANIFEST).unlink(missing_ok=True)
        file.unlink(missing_ok=True)


class _Counted:
    """Counts and hashes what passes."""

    def __init__(self) -> None:
        self.bytes, self._hash = 0, hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def took(self, piece: bytes) -> bytes:
        self.bytes += len(piece)
        self._hash.update(piece)
        return piece

    def passing(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        return map(self.took, pieces)


class _Stream(io.RawIOBase):
    """Pieces as a file that is read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._held = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        into = memoryview(buffer)
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._held = piece
        taken, self._held = self._held[: len(into)], self._held[len(into) :]
        into[: len(taken)] = taken
        return len(taken)


def _sum_of(file: BinaryIO) -> _Counted:
    file.seek(0)
    counted = _Counted()
    while piece := file.read(CHUNK):
        counted.took(piece)
    return counted


def _about(cluster: str, name: str) -> bytes:
    """Return what a sealed file is, so that none opens as another cluster's or another time's."""
    return f"{cluster}/{name}".encode()


def _read(file: Path) -> Manifest | None:
    try:
        manifest = Manifest.from_dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    is_where_it_belongs = (manifest.cluster, manifest.name) == (file.parent.name, file.stem)
    return manifest if is_where_it_belongs else None
