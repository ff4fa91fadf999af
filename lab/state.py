"""Where the files of labs live, and which labs are alive."""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
from pathlib import Path

from lab.errors import LabRefused

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")


def base() -> Path:
    """The directory of all labs of this user."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        return Path(runtime) / "clusterwright-lab"
    return Path(tempfile.gettempdir()) / f"clusterwright-lab-{os.geteuid()}"


def directory(name: str) -> Path:
    """The directory of one lab."""
    check_name(name)
    return base() / name


def check_name(name: str) -> None:
    """Refuse a name of a lab or a host that would be trouble in a path or in DNS."""
    if not _NAME.fullmatch(name):
        raise LabRefused(
            f"cannot use the name {name!r}: use up to 32 lower-case letters, digits and hyphens"
        )


def make_private_base() -> None:
    """Make the base directory, and refuse one that somebody else has put there."""
    path = base()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = path.lstat()
    if facts.st_uid != os.geteuid() or facts.st_mode & 0o077 or path.is_symlink():
        raise LabRefused(
            f"cannot keep labs in {path}: it must be a directory of yours with mode 0700; "
            "remove it, or set XDG_RUNTIME_DIR"
        )


def try_lock(path: Path) -> int | None:
    """Take a lab's lock, which its supervisor holds as long as it lives; None when it is taken."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def is_alive(name: str) -> bool:
    """Whether a supervisor holds the lab."""
    path = lock_path(name)
    if not path.exists():
        return False
    lock = try_lock(path)
    if lock is None:
        return True
    os.close(lock)
    return False


def lock_path(name: str) -> Path:
    """The lock stands beside the lab's directory, which comes and goes."""
    return directory(name).with_suffix(".lock")


def log_path(name: str) -> Path:
    """What the lab's supervisor has to say; it outlives a lab that could not start."""
    return directory(name).with_suffix(".log")


def names() -> tuple[str, ...]:
    """The labs that are running."""
    return tuple(name for name in traces() if is_alive(name))


def traces() -> tuple[str, ...]:
    """The labs that are running or have left something behind."""
    return tuple(sorted(path.stem for path in base().glob("*.lock")))
