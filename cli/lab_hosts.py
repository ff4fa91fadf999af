"""The hosts of a running lab, as the inventory takes them, and the key that lets SSH in."""

import os
from pathlib import Path
from typing import Any

from lab.lab import Lab


def lab_hosts(name: str, keys: Path) -> list[dict[str, Any]]:
    """Put the lab's key into the folder ``keys`` and return its hosts, pinned as they were made.

    Raises ``LabError`` if no lab of that name runs.
    """
    lab = Lab.open(name)
    key = "lab" if name == "default" else f"lab-{name}"
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = keys / f".{key}.{os.getpid()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(Path(lab.key_file).read_bytes())
    fresh.replace(keys / key)
    return [{**row, "ssh_key": key} for row in lab.inventory()]
