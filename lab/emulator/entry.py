"""The way into every command: journal, injected faults, then the command's own module."""

import os
import sys

from lab.emulator import faults, journal, terminal

COMMANDS = {
    "snap": "snap",
    "microk8s": "microk8s",
    "dqlite": "dqlite_shell",
    "kubectl": "kubectl_binary",
    "systemctl": "systemctl",
    "systemd-run": "systemd_run",
    "journalctl": "journalctl",
    "snapctl": "snapctl",
    "emulated": "emulated",
    "switch-addon": "switch_addon",
}


def main(words: list[str]) -> None:
    """Run one command line and end the process with its status, skipping clean-up for speed."""
    journal.command(words)
    status = _status_of(words)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        status = status or 1
    os._exit(status)


def _status_of(words: list[str]) -> int:
    try:
        faults.before(words)
        status = _run(words)
        return faults.after(words, status)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        return 130
    except Exception:  # a Python wrapper of MicroK8s ends like this as well: traceback, status 1
        import traceback

        sys.stdout.flush()
        traceback.print_exc()
        return 1


def _run(words: list[str]) -> int:
    from importlib import import_module

    name = COMMANDS.get(words[0])
    if name is None:
        terminal.fail(f"{words[0]}: command not found", 127)
    command = import_module(f"lab.emulator.commands.{name}")
    try:
        result: int | None = command.run(words[1:])
    except SystemExit as end:
        result = end.code if isinstance(end.code, int) else 1
    return result or 0
