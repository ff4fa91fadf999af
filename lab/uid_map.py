"""Which user ids a lab's hosts get, and how the kernel is told.

``shifted``  root gives the hosts 65536 ids of their own. Never an identity map: with one, root
             inside would be root to /proc/sys and could change the machine.
``subuid``   an ordinary user with a range in /etc/subuid and /etc/subgid, through newuidmap.
``single``   an ordinary user without: one id only, so neither sshd nor other users run.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from pathlib import Path

_BASE = 100_000
_COUNT = 65_536
_NOBODY = 65_534


def choose() -> str:
    """Return the best kind of map that this user can have on this machine."""
    if os.geteuid() == 0:
        return "shifted" if _covers(_BASE, _COUNT) else "single"
    programs = shutil.which("newuidmap") and shutil.which("newgidmap")
    if programs and _range("/etc/subuid") and _range("/etc/subgid"):
        return "subuid"
    return "single"


def write(pid: int, kind: str) -> None:
    """Map the ids of a process that has entered a new user namespace."""
    if kind == "subuid":
        _through_newuidmap(pid)
        return
    ranges = f"0 {_BASE} {_COUNT}" if kind == "shifted" else None
    if ranges is None and os.geteuid() != 0:
        Path(f"/proc/{pid}/setgroups").write_text("deny")
    Path(f"/proc/{pid}/uid_map").write_text(ranges or f"0 {_outside(os.geteuid())} 1")
    Path(f"/proc/{pid}/gid_map").write_text(ranges or f"0 {_outside(os.getegid())} 1")


def outside_root(kind: str) -> tuple[int, int]:
    """The user and group id that the hosts' root has on the machine."""
    if kind == "shifted":
        return _BASE, _BASE
    return _outside(os.geteuid()), _outside(os.getegid())


def _outside(own: int) -> int:
    return own or _NOBODY


def _covers(first: int, count: int) -> bool:
    """Whether this namespace itself has those ids; inside a container it may not."""
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        inside, _, length = (int(word) for word in line.split())
        if inside <= first and first + count <= inside + length:
            return True
    return False


def _range(path: str) -> tuple[str, str] | None:
    names = {str(os.geteuid())}
    try:
        names.add(pwd.getpwuid(os.geteuid()).pw_name)
        lines = Path(path).read_text().splitlines()
    except (KeyError, OSError):
        return None
    for line in lines:
        name, _, rest = line.partition(":")
        first, _, count = rest.partition(":")
        if name in names and count.isdigit() and int(count) >= _NOBODY:
            return first, count
    return None


def _through_newuidmap(pid: int) -> None:
    for program, path, own in (
        ("newuidmap", "/etc/subuid", os.geteuid()),
        ("newgidmap", "/etc/subgid", os.getegid()),
    ):
        first, count = _range(path) or ("0", "0")
        subprocess.run(
            [program, str(pid), "0", str(own), "1", "1", first, count],
            check=True,
            capture_output=True,
        )
