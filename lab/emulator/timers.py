"""Transient timers of this host, as `systemd-run --on-active` makes them: gone with the daemon."""

import threading
from contextlib import suppress

from lab.emulator import journal


class Timers:
    """What runs later and once, each under the name of its unit."""

    def __init__(self) -> None:
        self._waiting: dict[str, threading.Timer] = {}
        self._lock = threading.Lock()

    def set(self, unit: str, seconds: float, command: list[str]) -> bool:
        """Have a command run in some seconds; False where there is a unit of that name."""
        with self._lock:
            if unit in self._waiting:
                return False
            timer = threading.Timer(seconds, self._run, (unit, command))
            timer.daemon = True
            self._waiting[unit] = timer
            timer.start()
        return True

    def stop(self, unit: str) -> None:
        """Have nothing run any more; what runs already goes on."""
        with self._lock:
            timer = self._waiting.pop(unit, None)
        if timer:
            timer.cancel()

    def active(self) -> list[str]:
        with self._lock:
            return list(self._waiting)

    def _run(self, unit: str, command: list[str]) -> None:
        import subprocess

        journal.effect("timer-elapsed", unit=unit)
        with suppress(OSError):
            subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
        self.stop(unit)
