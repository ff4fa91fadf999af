"""Debian's sudo inside hosts, and the rights and PAM files that sudo and its stand-in read.

The machine's own sudo cannot gain rights in a lab: its owner is nobody there. A copy in the host's
own files belongs to the host's root, so its set-user-id bit counts, and is shown in its place.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from lab import namespaces
from lab.errors import CannotStart
from lab.setup import Setup

_PROGRAM = "/usr/bin/sudo"
_PLUGINS = ("/usr/libexec/sudo", "/usr/lib/sudo")
_COPIES = "usr/local/lib/lab/sudo"
_READABLE_AND_SETUID = 0o4004

_SUDOERS = """\
Defaults env_reset
Defaults mail_badpass
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
Defaults use_pty
# A lab host has no syslog, where sudo's lines go otherwise.
Defaults logfile=/var/log/sudo.log
{root}%sudo ALL=(ALL:ALL) ALL
#includedir /etc/sudoers.d
"""
_ROOT_RIGHT = "root ALL=(ALL:ALL) ALL\n"
_OPS_RIGHT = "ops ALL=(ALL) NOPASSWD:ALL\n"

# As Ubuntu has it: every sudo reads /etc/environment again. Debian's file lacks these two lines.
_PAM_ENVIRONMENT = """\
session required pam_env.so readenv=1 user_readenv=0
session required pam_env.so readenv=1 envfile=/etc/default/locale user_readenv=0
"""
_PAM = """\
session required pam_limits.so
{environment}auth [success=1 default=ignore] pam_unix.so nullok
auth requisite pam_deny.so
auth required pam_permit.so
account required pam_permit.so
session required pam_permit.so
session required pam_unix.so
"""


def choose(setup: Setup, uid_map: str) -> str:
    """Choose between real sudo and the stand-in; an ordinary user needs the real one."""
    obstacle = _obstacle(uid_map)
    if setup.user != "root" and setup.sudo == "stand-in":
        raise CannotStart(
            f"cannot start a lab with user {setup.user} and the stand-in for sudo: with it no "
            "program can gain rights; say sudo real"
        )
    if setup.sudo == "stand-in" or (setup.sudo == "auto" and not setup.wants_real_sudo):
        return "stand-in"
    if not obstacle:
        return "real"
    if setup.user != "root":
        raise CannotStart(f"cannot start a lab with user {setup.user}: {obstacle}")
    if setup.sudo == "real":
        raise CannotStart(f"cannot start a lab with real sudo: {obstacle}")
    return "stand-in"


def _obstacle(uid_map: str) -> str:
    """Say why hosts cannot have real sudo on this machine; empty when they can."""
    if uid_map == "single":
        return (
            "this machine gives hosts one user id only, so nobody can gain another's rights; "
            "apt-get install uidmap and add a range to /etc/subuid and /etc/subgid"
        )
    if not _is_readable_sudo() or not _plugins():
        return "sudo, with its plugins, is not on this machine; apt-get install sudo"
    status = Path("/proc/self/status").read_text()
    if "NoNewPrivs:\t1" in status:
        return "programs here may not gain rights (no_new_privs); start the lab without that"
    return ""


def _is_readable_sudo() -> bool:
    if not os.path.exists(_PROGRAM):
        return False
    return os.stat(_PROGRAM).st_mode & _READABLE_AND_SETUID == _READABLE_AND_SETUID


def _plugins() -> str:
    return next((path for path in _PLUGINS if os.path.exists(f"{path}/sudoers.so")), "")


def write_sudo(root: Path, setup: Setup, *, ops: bool) -> None:
    """Write sudo's files below a host's root, and copies of its programs where it is real."""
    _write_rights(root / "etc", setup, ops=ops and setup.sudo == "real")
    if setup.sudo != "real":
        return
    (root / "usr" / "local" / "bin" / "sudo").unlink()
    copies = root / _COPIES
    shutil.copytree(_plugins(), copies / "plugins", symlinks=True)
    shutil.copyfile(_PROGRAM, copies / "sudo")
    (copies / "sudo").chmod(0o4755)


def show_sudo(root: Path) -> None:
    """Mount the copies over the machine's sudo; run where the host's mounts are made."""
    program = os.path.realpath(_PROGRAM)
    namespaces.bind(str(root / _COPIES / "sudo"), f"{root}{program}")
    namespaces.bind(str(root / _COPIES / "plugins"), f"{root}{_plugins()}")


def _write_rights(etc: Path, setup: Setup, *, ops: bool) -> None:
    sudoers = etc / "sudoers"
    sudoers.write_text(_SUDOERS.format(root=_ROOT_RIGHT if setup.root_sudo else ""))
    folder = etc / "sudoers.d"
    folder.mkdir(mode=0o750)
    if ops:
        (folder / "90-ops").write_text(_OPS_RIGHT)
        (folder / "90-ops").chmod(0o440)
    sudoers.chmod(0o440)
    environment = _PAM_ENVIRONMENT if setup.proxy else ""
    (etc / "pam.d" / "sudo").write_text(_PAM.format(environment=environment))
    # The modules complain about files that are missing, even where they would be empty.
    (etc / "security").mkdir()
    for name in ("limits.conf", "pam_env.conf"):
        (etc / "security" / name).write_text("")
    (etc / "default" / "locale").write_text("LANG=C.UTF-8\n")
