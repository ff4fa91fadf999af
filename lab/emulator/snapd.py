"""What snapd remembers of this host: the installed snap, holds, changes and settings."""

import time
from typing import Any

from lab.emulator import files, paths

SNAP_FILE = f"{paths.SNAPD_STATE}/microk8s.json"
CHANGES_FILE = f"{paths.SNAPD_STATE}/changes.json"
SETTINGS_FILE = f"{paths.SNAPD_STATE}/settings.json"
ENABLED_FILE = f"{paths.SNAPD_STATE}/services.json"

DOING = "Doing"

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


def record_change(kind: str, summary: str, tasks: list[str], params: dict[str, Any]) -> int:
    """Write down a change that begins now, and return its number."""
    with files.edited_json(CHANGES_FILE, []) as entries:
        number = len(entries) + 1
        entries.append(
            {
                "id": number,
                "kind": kind,
                "summary": summary,
                "status": DOING,
                "spawn": time.time(),
                "tasks": [{"summary": line, "status": "Do"} for line in tasks],
                "params": params,
            }
        )
    return number


def note_change(number: int, facts: dict[str, Any]) -> None:
    with files.edited_json(CHANGES_FILE, []) as entries:
        entries[number - 1] |= facts


def note_task(number: int, index: int, status: str) -> None:
    with files.edited_json(CHANGES_FILE, []) as entries:
        is_ready = status not in ("Do", DOING)
        ready = {"ready": time.time()} if is_ready else {"spawn": time.time()}
        entries[number - 1]["tasks"][index] |= {"status": status, **ready}


def running_change() -> dict[str, Any] | None:
    """The change that is under way, whether or not anybody waits for it."""
    doing = [entry for entry in changes() if entry["status"] == DOING]
    return doing[-1] if doing else None


def is_enabled(service: str) -> bool:
    flags: dict[str, bool] = files.read_json(ENABLED_FILE, {})
    return flags.get(service, True)


def enable(services: list[str], enabled: bool) -> None:
    with files.edited_json(ENABLED_FILE, {}) as flags:
        flags.update(dict.fromkeys(services, enabled))
