"""One step of a change, and what it may do while it runs."""

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from lab.emulator import faults, host
from lab.emulator.supervisor import ServiceSupervisor

POLL_SECONDS = 0.05
HELD_TASKS = ("Download snap", "Stop snap")


class Aborted(Exception):
    """Somebody asked for the change to be undone."""


class Failed(Exception):
    """A task cannot be done; the text is what snapd says of it."""


class Work:
    """What the tasks of one change share: its parameters, the services, and the wish to abort."""

    def __init__(self, params: dict[str, Any], services: ServiceSupervisor) -> None:
        self.params = params
        self.services = services
        self._holds: list[dict[str, Any]] = list(params.get("holds", []))
        self.is_aborted = threading.Event()
        self.is_ready = threading.Event()

    def take_time(self, kind: str) -> None:
        """Take as long as this kind of work takes, unless the change is aborted meanwhile."""
        if self.is_aborted.wait(host.seconds(kind)):
            raise Aborted

    def hold(self, summary: str) -> None:
        """Wait in this task for as long as an injected fault lasts, or until it is cleared."""
        for held in [h for h in self._holds if summary.startswith(h.get("text") or HELD_TASKS)]:
            self._holds.remove(held)
            self._wait_out(held)

    def _wait_out(self, held: dict[str, Any]) -> None:
        until = time.monotonic() + float(held["seconds"])
        while time.monotonic() < until and faults.is_present(str(held["id"])):
            if self.is_aborted.wait(POLL_SECONDS):
                raise Aborted


def nothing(_work: Work) -> None:
    """Stand for what real snapd does in this task and no host of a lab notices."""


class Task(NamedTuple):
    """One line of `snap change ID`, what it does and how that is taken back."""

    summary: str
    do: Callable[[Work], None] = nothing
    undo: Callable[[Work], None] = nothing
