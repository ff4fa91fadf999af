"""The base of a snap on this machine: its programs load their libraries from there."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

MOUNTED = Path("/snap")


def find(snap: Mapping[str, Any]) -> Path | None:
    """The directory of the base that snap.yaml names, where snapd has mounted it here."""
    name = str(snap.get("base", ""))
    directory = MOUNTED / name / "current"
    return directory if name.isalnum() and directory.is_dir() else None


def seen_by_hosts(base: Path | None) -> Callable[[str], bool]:
    """Whether hosts have a file: they see the machine's system and, of /snap, only the base."""

    def exists(path: str) -> bool:
        if not path.startswith("/snap/"):
            return os.path.exists(path)
        inside = f"/snap/{base.parent.name}/current/" if base else None
        return bool(base and inside and path.startswith(inside)) and os.path.exists(
            f"{base}/{path.removeprefix(inside or '')}"
        )

    return exists
