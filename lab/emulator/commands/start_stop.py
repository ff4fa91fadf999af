"""`microk8s start` and `microk8s stop`."""

import os
import time

from lab.emulator import api, control, host, locks, services, snapd, terminal
from lab.emulator.commands import microk8s, status

READY_SECONDS = 60.0


def run(verb: str, words: list[str]) -> int:
    if locks.is_worker():
        purpose = (
            "to start services on this node."
            if verb == "start"
            else "to stop services on this node."
        )
        terminal.out(f"{microk8s.ACTING_AS_NODE}\nUse 'snap {verb} microk8s' {purpose}")
        return 0
    microk8s.require_permission()
    if os.getuid():
        terminal.fail("Elevated permissions are needed for this command. Please use sudo.")
    return _start(words) if verb == "start" else _stop()


def _start(words: list[str]) -> int:
    if locks.exists(locks.LOW_MEMORY) and "--disable-low-memory-guard" not in words:
        terminal.leave_with(1, status.LOW_MEMORY)
    locks.clear(locks.LOW_MEMORY)
    snapd.enable(list(services.ALL), True)
    host.work("restart")
    control.ask("start", list(services.ALL))
    locks.clear(locks.STOPPED)
    deadline = time.monotonic() + READY_SECONDS
    while not api.is_serving():
        if time.monotonic() > deadline:
            return 1
        time.sleep(host.poll_interval(2.0))
    return 0


def _stop() -> int:
    snapd.enable(list(services.ALL), False)
    control.ask("stop", [services.KUBELITE])
    terminal.out("Stopped.")
    control.ask("stop", list(services.ALL))
    locks.put(locks.STOPPED)
    terminal.out("Stopped.")
    return 0
