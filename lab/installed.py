"""What is installed on a host, read from its files: for the status view only."""

from __future__ import annotations

import json
import os
from pathlib import Path

_SNAP_RECORD = "var/lib/snapd/lab/microk8s.json"
_SNAP_DATA = "var/snap/microk8s"


def snap_facts(root: Path) -> dict[str, str]:
    """The channel of the installed snap and the host's role; empty without the snap."""
    try:
        record = json.loads((root / _SNAP_RECORD).read_text())
    except (OSError, ValueError):
        return {}
    return {"channel": str(record.get("channel", "")), "role": _role(root / _SNAP_DATA)}


def _role(data: Path) -> str:
    try:
        # The link's target is a path inside the host: only its last part means anything here.
        locks = data / os.path.basename(os.readlink(data / "current")) / "var" / "lock"
    except OSError:
        return ""
    clustered = (locks / "clustered.lock").exists()
    worker = clustered and not (locks / "no-apiserver-proxy").exists()
    return "worker" if worker else "control plane"
