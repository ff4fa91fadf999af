"""The key that seals backups: a file that its owner alone may read, made when it is first needed.

Whoever has it can read every backup, and without it nobody can.
"""

import hashlib
import os
import secrets
from base64 import b64decode, b64encode
from binascii import Error
from contextlib import suppress
from pathlib import Path

from deploy_scripts.backups.sealing import KEY_BYTES


class NoKey(OSError):
    """The key is missing, damaged, or open to others; the message says which, with what to do."""


def made(file: Path) -> bytes:
    """Return the key, after making one where there is none; raises ``NoKey``."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not file.exists():
            _make(file)
    except OSError as error:
        raise NoKey(
            f"cannot write {file}: {error.strerror}; let Celery workers write its folder"
        ) from error
    return read(file)


def read(file: Path) -> bytes:
    """Return the key; raises ``NoKey``."""
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            text = opened.read(1024)
    except OSError as error:
        raise NoKey(
            f"cannot read {file}: {error.strerror}; put the key back that sealed the backups"
        ) from error
    if mode & 0o077:
        raise NoKey(f"cannot use {file}: others may read it; chmod 600 {file}")
    try:
        key = b64decode(text.strip(), validate=True)
    except Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise NoKey(f"cannot use {file}: it holds no key; put back the one that sealed the backups")
    return key


def mark_of(key: bytes) -> str:
    """Return what tells a key from others, and nothing else of it."""
    return hashlib.sha256(b"clusterwright key mark\0" + key).hexdigest()[:12]


def _make(file: Path) -> None:
    """Write a new key whole or not at all; of two that do it at once, one wins."""
    part = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
        written.write(b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        os.fsync(written.fileno())
    try:
        with suppress(FileExistsError):
            os.link(part, file)
    finally:
        part.unlink()
