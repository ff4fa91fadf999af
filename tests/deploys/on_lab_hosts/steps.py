"""Steps as the tests call them: in a process of their own, on the hosts of a lab."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lab import Lab

PROCESS = Path(__file__).with_name("step_process.py")
ROOT = PROCESS.parents[3]


@dataclass(eq=False)  # an exception's traceback is set when it passes a context manager
class StepFailed(Exception):
    """A step raised an error that it is allowed to raise."""

    kind: str
    message: str
    answer: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}: {self.answer['error']['failures']}"


class Steps:
    """A process that carries out steps; ``kill`` ends it as a lost Celery worker's child ends."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.targets = {host.name: asdict(host) for host in lab.hosts}
        self.mark: dict[str, str] = {}
        """On whose behalf the steps are carried out: installation, cluster and job."""
        self.lost: list[str] = []
        """Hosts that were given up."""
        self.data_dir = ""
        """Where the steps find the backups, for those that need them."""
        self.environment: dict[str, str] = {}
        """What the next process finds in its environment beside what it needs."""
        self.last: dict[str, Any] = {}
        self._process: subprocess.Popen[str] | None = None

    def apply(self, step: str, **args: Any) -> Any:
        return self.call(step, "apply", args)

    def look_again(self, step: str, **args: Any) -> Any:
        """Apply a step that has been waiting."""
        return self.call(step, "apply", args, has_waited=True)

    def undo(self, step: str, **args: Any) -> Any:
        return self.call(step, "undo", args)

    def call(
        self,
        step: str,
        verb: str,
        args: dict[str, Any],
        *,
        done: Sequence[str] = (),
        abort_after: float = 0,
        has_waited: bool = False,
        noted: Mapping[str, Any] | None = None,
    ) -> Any:
        """Carry out one verb of a step and return its output, or raise ``StepFailed``.

        ``noted`` is what an attempt noted whose process is gone.
        """
        self.begin(
            step,
            verb,
            args,
            done=done,
            abort_after=abort_after,
            has_waited=has_waited,
            noted=noted,
        )
        return self.finish()

    def begin(
        self,
        step: str,
        verb: str,
        args: dict[str, Any],
        *,
        done: Sequence[str] = (),
        abort_after: float = 0,
        has_waited: bool = False,
        noted: Mapping[str, Any] | None = None,
    ) -> None:
        """Ask for a step without waiting for its answer."""
        asked = {
            "step": step,
            "verb": verb,
            "args": args,
            "done": list(done),
            "abort_after": abort_after,
            "has_waited": has_waited,
            "noted": dict(noted or {}),
            "mark": self.mark,
            "lost": self.lost,
            "data_dir": self.data_dir,
            "targets": list(self.targets.values()),
        }
        stdin = self._running().stdin
        assert stdin is not None
        stdin.write(json.dumps(asked) + "\n")
        stdin.flush()

    def finish(self) -> Any:
        stdout = self._running().stdout
        assert stdout is not None
        line = stdout.readline()
        assert line, "the process that carries out steps has died"
        self.last = json.loads(line)
        assert "defect" not in self.last, self.last["defect"]
        if error := self.last["error"]:
            raise StepFailed(error["type"], error["message"], self.last)
        return self.last["output"]

    def kill(self) -> None:
        """End the process at once; the next call starts another."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process = None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, PROCESS],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                cwd=ROOT,
                env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"} | self.environment,
            )
        return self._process


def wait_until(question: Callable[[], bool], *, seconds: float = 20) -> None:
    """Return when the answer is yes."""
    deadline = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.02)


def effects(lab: Lab, host: str, what: str) -> list[dict[str, Any]]:
    """What really happened on a host, as the lab noted it."""
    path = lab.log_directory(host) / "effects.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [row for row in map(json.loads, lines) if row["what"] == what]


def tokens(lab: Lab, host: str) -> list[str]:
    """Every join token that a host ever knew, in clear: what must be found nowhere else."""
    path = lab.log_directory(host) / "tokens.txt"
    return path.read_text().split() if path.exists() else []
