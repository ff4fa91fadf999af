"""The step that does nothing; on demand it waits, and reports on its host as real steps do."""

import time

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = False


def apply(fleet: Fleet, *, before: Before, host: str, reports: int, pause_seconds: float) -> Result:
    """Wait and report as often as asked; connect to nothing."""
    del before
    if pause_seconds and not reports:
        time.sleep(pause_seconds)
    for number in range(1, reports + 1):
        time.sleep(pause_seconds)
        fleet.mark_done(host, f"report {number} of {reports}")
    return Result()
