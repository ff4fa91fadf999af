"""The step that does nothing; on demand it waits, and reports on its host as real steps do."""

import time
from typing import Any

from deploy_scripts.fleet.fleet import Fleet

INTERRUPTIBLE = True


def apply(fleet: Fleet, *, host: str, reports: int, pause_seconds: float) -> dict[str, Any]:
    """Wait and report as often as asked; connect to nothing."""
    if pause_seconds and not reports:
        time.sleep(pause_seconds)
    for number in range(1, reports + 1):
        time.sleep(pause_seconds)
        fleet.mark_done(host, f"report {number} of {reports}")
    return {}
