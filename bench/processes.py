"""Processes that a benchmark starts: each in a group of its own, ended with the benchmark."""

import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from cli.child import Child, Recipe, with_our_modules

START_SECONDS = 60.0
POLL_SECONDS = 0.02


class CannotMeasure(Exception):
    """Something that a measurement needs is missing or has failed."""


class Process:
    """One process from entering to leaving the context; its log is beside its data."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
        *,
        patience: float = 5.0,
    ) -> None:
        self.name, self.log, self._patience = name, folder / f"{name}.log", patience
        everything = with_our_modules(os.environ | dict(environment or {}))
        self._child = Child(Recipe(name, command, everything, self.log, folder))

    @property
    def pid(self) -> int:
        if self._child.process is None:
            raise CannotMeasure(f"cannot find {self.name}: it does not run")
        return self._child.process.pid

    def __enter__(self) -> "Process":
        self._child.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.stop(kill_after=self._patience)

    def check(self) -> None:
        """Refuse to go on when the process has ended."""
        code = self._child.death()
        if code is not None:
            log_end = "\n  ".join(self._child.last_lines())
            raise CannotMeasure(f"cannot run {self.name}: it ended with {code}:\n  {log_end}")


def await_until(
    reached: Callable[[], bool],
    *,
    what: str,
    processes: Sequence[Process] = (),
    seconds: float = START_SECONDS,
) -> None:
    """Return once ``reached`` is true; refuse when time is over or a process has ended."""
    deadline = time.monotonic() + seconds
    while not reached():
        for process in processes:
            process.check()
        if time.monotonic() > deadline:
            raise CannotMeasure(f"cannot see {what}: waited {seconds:.0f} s in vain")
        time.sleep(POLL_SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
