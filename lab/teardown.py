"""The end of a lab, also of one whose supervisor no longer answers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path

from lab import control, state
from lab.errors import LabNotFound, LabRefused

_SECONDS = 20.0


def take_down(name: str) -> None:
    """End a lab, politely and then not, and remove what it left."""
    directory = state.directory(name)
    if state.is_alive(name):
        try:
            control.ask(directory / "run", "end")
        except (LabNotFound, LabRefused, OSError):
            os.kill(_supervisor(directory), signal.SIGKILL)
    # Counted from here: a supervisor that hears nothing has cost the whole wait for its answer.
    end = time.monotonic() + _SECONDS
    while state.is_alive(name):
        if time.monotonic() > end:
            raise LabRefused(f"cannot take lab {name} down: its supervisor is still alive")
        time.sleep(0.01)
    shutil.rmtree(directory, ignore_errors=True)
    state.log_path(name).unlink(missing_ok=True)
    state.lock_path(name).unlink(missing_ok=True)


def _supervisor(directory: Path) -> int:
    try:
        pid: int = json.loads((directory / "lab.json").read_text())["pid"]
    except (OSError, ValueError) as error:
        raise LabRefused(
            f"cannot take lab {directory.name} down: it is still starting; try again"
        ) from error
    return pid
