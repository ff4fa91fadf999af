"""The secrets that senders sign with: files of the data directory, since Redis holds no secret."""

import os
import secrets
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

FOLDER = "hooks"
"""Of the data directory; a file a sender, which its owner alone may read."""
LONGEST = 512
"""Bytes of one secret."""
MOST = 4
"""Secrets of one sender: more than two are good only while somebody forgets to take one away."""


class BadSecret(ValueError):
    """A text that cannot be a secret."""


def file_of(data_dir: Path, sender: str) -> Path:
    """Return where the secrets of a sender stand, a line each, the newest first."""
    return data_dir / FOLDER / sender


def secrets_of(data_dir: Path, sender: str) -> tuple[bytes, ...]:
    """Return what a sender may sign with; nothing where nobody has entered a secret."""
    try:
        text = file_of(data_dir, sender).read_bytes()
    except FileNotFoundError:
        return ()
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def new_secret() -> str:
    """Return a fresh secret, in the form that Standard Webhooks wants and all others take."""
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


def add(data_dir: Path, sender: str, secret: str) -> int:
    """Make a secret good beside those that are; return how many are good now.

    Raises ``BadSecret``.
    """
    line = secret.strip()
    if not line or len(line.encode()) > LONGEST or not line.isprintable():
        raise BadSecret(
            f"cannot use a secret of {len(line)} signs: it has 1 to {LONGEST}, all on one line"
        )
    known = secrets_of(data_dir, sender)
    if line.encode() in known:
        return len(known)
    if len(known) >= MOST:
        raise BadSecret(
            f"cannot add a secret for {sender}: it has {len(known)}, and more are never needed; "
            "take those away that it no longer signs with"
        )
    _write(data_dir, sender, (line.encode(), *known))
    return len(known) + 1


def keep_newest(data_dir: Path, sender: str) -> int:
    """Take all secrets of a sender away but the newest; return how many went."""
    known = secrets_of(data_dir, sender)
    if len(known) > 1:
        _write(data_dir, sender, known[:1])
    return max(len(known) - 1, 0)


def _write(data_dir: Path, sender: str, lines: Sequence[bytes]) -> None:
    path = file_of(data_dir, sender)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(b"\n".join(lines) + b"\n")
    part.replace(path)
