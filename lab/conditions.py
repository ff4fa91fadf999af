"""The conditions that a running host can be put into: real hosts are found in each of them.

``condition.sh`` inside the host does the work; a list in the host's directory keeps them over a
reboot, and a reset of the lab ends them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from lab import lies
from lab.errors import LabRefused

CONDITIONS = {
    "sysctl-fixed": "kernel values suffice and cannot be written, as in a container",
    "sysctl-fixed-low": "kernel values fall short and cannot be written",
    "no-memory-cgroup": "the memory cgroup is off, as on a Raspberry Pi",
    "no-modprobe": "kmod is not installed: neither modprobe nor lsmod",
    "container": "the host is a container, with its mark and without /dev/kmsg",
    "greeting": ".bashrc greets, also where only a command is to be carried out",
    "swallowing-shell": ".bashrc starts another shell and drops the command",
    "tcsh": "the login shell is tcsh",
    "zsh": "the login shell is zsh",
    "fish": "the login shell is fish",
    "forced-command": "the key is only good for being told to come as somebody else",
    **lies.LIES,
}
"""Each condition with what it means; login conditions are those of the user that SSH lets in."""

_EXCLUDING = (
    {"sysctl-fixed", "sysctl-fixed-low"},
    {"tcsh", "zsh", "fish", *lies.SHELLS},
    lies.SERVERS,
)

Run = Callable[[str], "CompletedProcess[str]"]

_FILE = "conditions"
_PROGRAM = "sh /opt/lab/condition.sh"


def read(directory: Path) -> dict[str, str]:
    """The conditions of a host, each with the user that it is about."""
    path = directory / _FILE
    lines = path.read_text().splitlines() if path.exists() else []
    return {name: user for name, _, user in (line.partition(" ") for line in lines)}


def add(directory: Path, name: str, user: str, run: Run) -> None:
    """Put the host into a condition; ``run`` carries out a command there."""
    if name not in CONDITIONS:
        known = ", ".join(CONDITIONS)
        raise LabRefused(f"cannot put a host into condition {name!r}: known are {known}")
    _do("apply", name, user, run)
    others = set().union(*(group for group in _EXCLUDING if name in group)) - {name}
    kept = {other: whose for other, whose in read(directory).items() if other not in others}
    _write(directory, kept | {name: user})


def clear(directory: Path, name: str | None, run: Run) -> None:
    """Take the host out of one condition, or of all; one that it is not in is no trouble."""
    present = read(directory)
    for each in [each for each in present if name in (None, each)]:
        _do("undo", each, present.pop(each), run)
        _write(directory, present)


def _do(verb: str, name: str, user: str, run: Run) -> None:
    done = run(f"{_PROGRAM} {verb} {name} {user}")
    if done.returncode != 0:
        raise LabRefused(done.stderr.strip() or f"cannot {verb} the condition {name}")


def _write(directory: Path, present: dict[str, str]) -> None:
    path = directory / _FILE
    path.write_text("".join(f"{name} {user}\n" for name, user in present.items()))
    # Readable for the host's root, which has another user id out here.
    path.chmod(0o644)
