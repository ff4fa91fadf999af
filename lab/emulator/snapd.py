"""What snapd remembers of this host: the installed snap, holds, changes and settings."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.emulator import files, paths

SNAP_FILE = f"{paths.SNAPD_STATE}/microk8s.json"
CHANGES_FILE = f"{paths.SNAPD_STATE}/changes.json"
SETTINGS_FILE = f"{paths.SNAPD_STATE}/settings.json"
ENABLED_FILE = f"{paths.SNAPD_STATE}/services.json"

Snap = dict[str, Any]


def installed() -> Snap | None:
    """The installed snap's record, or None."""
    found: Snap | None = files.read_json(SNAP_FILE, None)
    return found


def remember(snap: Snap) -> None:
    files.write_json(SNAP_FILE, snap)


def forget() -> None:
    files.remove(SNAP_FILE)
    files.remove(ENABLED_FILE)


def settings() -> dict[str, str]:
    found: dict[str, str] = files.read_json(SETTINGS_FILE, {})
    return found


def changes() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = files.read_json(CHANGES_FILE, [])
    return found


@contextmanager
def change(kind: str, summary: str) -> Iterator[None]:
    """Record a change while the block runs: Doing, then Done or Error."""
    with files.edited_json(CHANGES_FILE, []) as entries:
        number = len(entries) + 1
        entries.append(_entry(number, kind, summary))
    status = "Error"
    try:
        yield
        status = "Done"
    finally:
        with files.edited_json(CHANGES_FILE, []) as entries:
            entries[number - 1] |= {"status": status, "ready": time.time()}


def _entry(number: int, kind: str, summary: str) -> dict[str, Any]:
    return {
        "id": number,
        "kind": kind,
        "summary": summary,
        "status": "Doing",
        "spawn": time.time(),
        "pid": os.getpid(),
    }


def running_change() -> dict[str, Any] | None:
    """The change that is under way, unless its command was killed."""
    doing = [entry for entry in changes() if entry["status"] == "Doing"]
    alive = [entry for entry in doing if os.path.exists(f"/proc/{entry['pid']}")]
    return alive[-1] if alive else None


def is_enabled(service: str) -> bool:
    flags: dict[str, bool] = files.read_json(ENABLED_FILE, {})
    return flags.get(service, True)


def enable(services: list[str], enabled: bool) -> None:
    with files.edited_json(ENABLED_FILE, {}) as flags:
        flags.update(dict.fromkeys(services, enabled))
