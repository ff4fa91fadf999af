"""The machine's ``ip`` command, many changes at a time."""

from __future__ import annotations

import subprocess

from lab.errors import LabRefused


def ip_batch(*lines: str) -> None:
    """Carry out the lines in order, in the network namespace of the calling process."""
    done = subprocess.run(
        ["ip", "-batch", "-"], input="\n".join(lines), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise LabRefused(f"cannot change the lab's network: ip said {last_line(done.stderr)}")


def unplug_port(port: str) -> None:
    """Remove one end of a cable, and the other with it; one that is gone already is no trouble."""
    subprocess.run(["ip", "link", "del", port], check=False, capture_output=True)


def last_line(text: str) -> str:
    """The last line of what a program said."""
    lines = text.strip().splitlines()
    return lines[-1] if lines else "nothing"
