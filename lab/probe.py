"""What this machine can do for a lab, and what to do about it when it cannot."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from lab.errors import CannotStart

_SYSTEM_PYTHON = "/usr/bin/python3"
_SSHD = "/usr/sbin/sshd"
_OLDEST = (3, 11)

_PROGRAMS = {
    "ip": "iproute2",
    "nft": "nftables",
    "nsenter": "util-linux",
    "ssh-keygen": "openssh-client",
}

_SETTINGS = (
    ("kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    ("user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=15000"),
)


def programs(ssh: str) -> None:
    """Refuse when a program is missing that no lab can do without."""
    if sys.platform != "linux":
        raise CannotStart(
            f"cannot start the lab: it needs Linux namespaces and this is {sys.platform}; "
            "run it in a Linux machine or use the compose file's lab profile"
        )
    missing = [name for name in _PROGRAMS if find(name) is None]
    if missing:
        packages = " ".join(sorted({_PROGRAMS[name] for name in missing}))
        raise CannotStart(
            f"cannot start the lab: {', '.join(missing)} not found; apt-get install {packages}"
        )
    if ssh == "asyncssh" and find_spec("asyncssh") is None:
        raise CannotStart(
            "cannot start the lab: neither sshd (with several user ids) nor asyncssh is here; "
            "pip install 'clusterwright[lab]', or apt-get install openssh-server uidmap"
        )


def ssh_server(wish: str, uid_map: str) -> str:
    """Choose between OpenSSH's sshd and asyncssh; sshd needs several user ids."""
    able = uid_map != "single" and os.path.exists(_SSHD)
    if wish == "auto":
        return "sshd" if able else "asyncssh"
    if wish == "sshd" and not able:
        raise CannotStart(
            "cannot start the lab with sshd: it needs /usr/sbin/sshd and more than one user id; "
            "apt-get install openssh-server uidmap and add a range to /etc/subuid and /etc/subgid"
        )
    return wish


def dqlite(wish: str) -> str:
    """Choose between real dqlite and the emulation of its membership."""
    found = all(_visible_in_hosts(program) for program in ("dqlite-demo", "dqlite"))
    if wish == "auto":
        return "real" if found else "emulated"
    if wish == "real" and not found:
        raise CannotStart(
            "cannot start the lab with real dqlite: dqlite-demo and dqlite not found below /usr; "
            "apt-get install go-dqlite, or say emulated"
        )
    return wish


def _visible_in_hosts(program: str) -> bool:
    """Hosts see the machine's /usr, except /usr/local."""
    path = shutil.which(program) or ""
    return path.startswith(("/usr/", "/bin/", "/sbin/")) and not path.startswith("/usr/local/")


def python() -> tuple[str, str | None]:
    """The interpreter inside hosts, and the directory to show there if it is not below /usr."""
    if os.path.exists(_SYSTEM_PYTHON):
        code = f"import sys; sys.exit(sys.version_info < {_OLDEST})"
        done = subprocess.run([_SYSTEM_PYTHON, "-I", "-S", "-c", code], check=False)
        if done.returncode == 0:
            return _SYSTEM_PYTHON, None
    running = str(Path(sys.executable).resolve())
    home = sys.base_prefix
    return running, None if home.startswith("/usr/") and "/local" not in home else home


def find(program: str) -> str | None:
    """Find a program, also where an ordinary user's PATH does not look."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def explain(detail: str) -> str:
    """Add the setting that forbids user namespaces to an error that may come from it."""
    if "not permitted" not in detail and "denied" not in detail and "No space" not in detail:
        return detail
    for name, forbidding, remedy in _SETTINGS:
        path = Path("/proc/sys", name)
        if path.exists() and path.read_text().strip() == forbidding:
            return f"{detail}; this machine forbids user namespaces: {remedy}"
    return f"{detail}; inside a container, start it with the lab's compose profile"
