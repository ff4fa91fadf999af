"""Carries changes out, one after the other: do, and after a failure or an abort, undo."""

import threading
import time
from importlib import import_module
from typing import Any

from lab.emulator import snapd
from lab.emulator.changes.task import Aborted, Failed, Task, Work
from lab.emulator.supervisor import ServiceSupervisor

MODULES = {
    "install-snap": "install",
    "remove-snap": "remove",
    "refresh-snap": "refresh",
    "revert-snap": "refresh",
}
Entry = dict[str, Any]


class Conflict(Exception):
    """Another change of the snap is under way; the text says of which kind."""


class Changes:
    """The changes of this host: those that run, and the record of all."""

    def __init__(self, services: ServiceSupervisor) -> None:
        self._services = services
        self._running: dict[int, Work] = {}
        self._lock = threading.Lock()

    def begin(self, kind: str, params: dict[str, Any]) -> int:
        """Start a change that goes on by itself, and return its number."""
        with self._lock:
            other = snapd.running_change()
            if other:
                raise Conflict(f'snap "microk8s" has "{other["kind"]}" change in progress')
            module = import_module(f"lab.emulator.changes.{MODULES[kind]}")
            tasks: list[Task] = module.tasks(params)
            lines = [task.summary for task in tasks]
            number = snapd.record_change(kind, module.summary(params), lines, params)
            self._start(number, tasks, params)
        return number

    def resume(self) -> None:
        """Go on with what a power cut or a killed daemon interrupted, from its first task on."""
        for entry in snapd.changes():
            if entry["status"] == snapd.DOING:
                module = import_module(f"lab.emulator.changes.{MODULES[entry['kind']]}")
                self._start(entry["id"], module.tasks(entry["params"]), entry["params"])

    def wait(self, number: int) -> Entry:
        """The change's record when it is ready."""
        work = self._running.get(number)
        if work:
            work.is_ready.wait()
        return next((e for e in snapd.changes() if e["id"] == number), {})

    def abort(self, number: int) -> str:
        """Have the change undone; the answer is what is wrong with that, or nothing."""
        if number not in [entry["id"] for entry in snapd.changes()]:
            return f'cannot find change with id "{number}"'
        work = self._running.get(number)
        if work is None or work.is_ready.is_set():
            return f"cannot abort change {number} with nothing pending"
        work.is_aborted.set()
        return ""

    def _start(self, number: int, tasks: list[Task], params: dict[str, Any]) -> None:
        work = Work(params, self._services)
        self._running[number] = work
        arguments = (number, tasks, work)
        threading.Thread(target=self._carry_out, args=arguments, daemon=True).start()

    def _carry_out(self, number: int, tasks: list[Task], work: Work) -> None:
        try:
            status, problem = _Run(number, tasks, work).run()
            _finish(number, status, problem)
        except OSError as error:  # its own record cannot be written, say on a full disk
            _finish(number, "Error", f"cannot save the state of change {number}: {error}")
        finally:
            work.is_ready.set()


class _Run:
    """One pass over the tasks of a change."""

    def __init__(self, number: int, tasks: list[Task], work: Work) -> None:
        self._number, self._tasks, self._work = number, tasks, work
        self._done = 0

    def run(self) -> tuple[str, str]:
        """The change's last status, and its error."""
        try:
            for task in self._tasks:
                self._do(task)
        except Aborted:
            self._undo("Undone")
            return "Undone", ""
        except (Failed, OSError) as error:
            self._undo("Error")
            failure = f"- {self._tasks[self._done].summary} ({error})"
            return "Error", f"cannot perform the following tasks:\n{failure}"
        return "Done", ""

    def _do(self, task: Task) -> None:
        self._note(self._done, snapd.DOING)
        if self._work.is_aborted.is_set():
            raise Aborted
        self._work.hold(task.summary)
        task.do(self._work)
        self._note(self._done, "Done")
        self._done += 1

    def _undo(self, status: str) -> None:
        """Take back what was done, last first, the task at which it stopped included."""
        for index in range(self._done, -1, -1):
            self._tasks[index].undo(self._work)
            self._note(index, status if index == self._done else "Undone")
        for index in range(self._done + 1, len(self._tasks)):
            self._note(index, "Hold")

    def _note(self, index: int, status: str) -> None:
        snapd.note_task(self._number, index, status)


def _finish(number: int, status: str, problem: str) -> None:
    snapd.note_change(number, {"status": status, "ready": time.time(), "error": problem})
