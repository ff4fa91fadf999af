"""One process of the stack: it ends with its parent, and starts again when it dies."""

import ctypes
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cli.interruption import hear_again, held_back

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""A process that has lived as long is no longer taken for one that keeps dying."""
KILL_AFTER_SECONDS = 12.0
PR_SET_PDEATHSIG = 1

try:
    _prctl: Callable[..., int] | None = ctypes.CDLL(None, use_errno=True).prctl
except (AttributeError, OSError):  # not Linux: children are ended by an orderly end only
    _prctl = None


def as_child(death_signal: int | None) -> Callable[[], None]:
    """Return what a child that is born with signals held back calls before it becomes a program.

    The kernel sends it ``death_signal`` when this process is killed; with None it outlives it.
    """
    parent = os.getpid()

    def arrange() -> None:
        hear_again()
        if death_signal is None:
            return
        if _prctl is not None:
            _prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # the parent died before the arrangement was made
            os._exit(1)

    return arrange


def with_our_modules(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which a child finds the same modules as this process."""
    here = str(Path(__file__).resolve().parent.parent)
    rest = environment.get("PYTHONPATH")
    return {**environment, "PYTHONPATH": f"{here}{os.pathsep}{rest}" if rest else here}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one process is started."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    directory: Path
    death_signal: int = int(signal.SIGTERM)
    """What ends it when this process is killed; it cannot be asked twice then."""


@dataclass(slots=True)
class Child:
    """One process and the history of its deaths."""

    recipe: Recipe
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    due: float = 0.0
    """When it is to be started again, on the monotonic clock."""
    _started: float = field(default=0.0)

    def start(self) -> None:
        """Start the process in a group of its own, so that Ctrl-C reaches its parent only."""
        recipe = self.recipe
        descriptor = os.open(recipe.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as log, held_back():
            self.process = subprocess.Popen(
                recipe.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(recipe.environment),
                cwd=recipe.directory,
                process_group=0,
                preexec_fn=as_child(recipe.death_signal),  # the parent has one thread
            )
        self._started = time.monotonic()

    def death(self) -> int | None:
        """Return the exit code if the process has died since the last look."""
        if self.process is None or (code := self.process.poll()) is None:
            return None
        _kill_group(self.process.pid)  # its own children must not go on beside its successor
        now = time.monotonic()
        self.deaths = 1 if now - self._started > STEADY_SECONDS else self.deaths + 1
        self.due = now + back_off(self.deaths)
        self.process = None
        return code

    def stop(self, kill_after: float = KILL_AFTER_SECONDS) -> None:
        """End the process: politely, and after a while with everything in its group."""
        process, self.process = self.process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(kill_after)
        except subprocess.TimeoutExpired:
            _kill_group(process.pid)
            process.wait()
        _kill_group(process.pid)  # what an ended leader has left behind

    def last_lines(self, count: int = 12) -> list[str]:
        """Return the end of the process' log."""
        try:
            text = self.recipe.log.read_text(errors="replace")
        except OSError:
            return []
        return [_readable(line) for line in text.splitlines()[-count:]]


def _readable(line: str) -> str:
    """Return what a log line says; a process that nobody looks at writes JSON."""
    try:
        record = json.loads(line)
        return "\n".join(
            filter(None, (f"{record['level']}: {record['message']}", record.get("exc_info")))
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return line


def back_off(deaths: int) -> float:
    """Return the seconds to wait before a start after so many deaths."""
    return min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (deaths - 1))


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
