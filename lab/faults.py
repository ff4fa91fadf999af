"""The list of faults of one host, in its /lab/faults.json; the emulator's commands obey it."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.errors import LabRefused

_FIELDS = {"id", "match", "action", "seconds", "rc", "text", "times"}
_FILE = "faults.json"


def read(directory: Path) -> list[dict[str, Any]]:
    """The faults of a host; one that has run its times may be gone already."""
    try:
        found: list[dict[str, Any]] = json.loads((directory / _FILE).read_text())
    except FileNotFoundError:
        return []
    return found


def add(directory: Path, fault: Mapping[str, Any]) -> str:
    """Add a fault and return its id, a new one unless the fault brings its own."""
    missing = {"match", "action"} - set(fault)
    if missing or set(fault) - _FIELDS:
        raise LabRefused(
            f"cannot add the fault {dict(fault)}: it needs match and action, "
            f"and may have {', '.join(sorted(_FIELDS - {'match', 'action'}))}"
        )
    entry = {"id": secrets.token_hex(4), **fault}
    _write(directory, [*(kept for kept in read(directory) if kept["id"] != entry["id"]), entry])
    return str(entry["id"])


def clear(directory: Path, fault_id: str | None) -> None:
    """Remove one fault, or all; one that has used itself up is no reason to complain."""
    _write(directory, [fault for fault in read(directory) if fault_id not in (None, fault["id"])])


def _write(directory: Path, entries: list[dict[str, Any]]) -> None:
    new = directory / f".{_FILE}.new"
    new.write_text(json.dumps(entries, indent=1))
    # Readable and writable for the host's root, which has another user id out here.
    new.chmod(0o666)
    os.replace(new, directory / _FILE)
