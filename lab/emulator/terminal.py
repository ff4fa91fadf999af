"""What a command says to its caller, and the exit status it ends with."""

import sys
import time
from typing import NoReturn


def out(line: str = "", end: str = "\n") -> None:
    sys.stdout.write(line + end)


def err(line: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(line + "\n")


def dot(text: str = ".") -> None:
    """Show one beat of a wait loop at once."""
    sys.stdout.write(f" {text}")
    sys.stdout.flush()


def wait_for_ever() -> NoReturn:
    """Hang until somebody ends the command."""
    sys.stdout.flush()
    while True:
        time.sleep(3600)


def leave_with(status: int, line: str | None = None) -> NoReturn:
    """End with the status after saying the line on standard output, as the wrappers do."""
    if line is not None:
        out(line)
    raise SystemExit(status)


def fail(line: str, status: int = 1) -> NoReturn:
    """End with the status after saying the line on standard error."""
    err(line)
    raise SystemExit(status)
