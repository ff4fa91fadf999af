"""The users and groups of a host: root, the ordinary user ``ops``, and what Debian ships."""

from __future__ import annotations

import os
from pathlib import Path

OPS_UID = 1000

_USERS = (
    ("root", 0, "/root", "/bin/bash"),
    ("daemon", 1, "/usr/sbin", "/usr/sbin/nologin"),
    ("bin", 2, "/bin", "/usr/sbin/nologin"),
    ("sys", 3, "/dev", "/usr/sbin/nologin"),
    ("man", 6, "/var/cache/man", "/usr/sbin/nologin"),
    ("www-data", 33, "/var/www", "/usr/sbin/nologin"),
    ("_apt", 42, "/nonexistent", "/usr/sbin/nologin"),
    ("messagebus", 100, "/nonexistent", "/usr/sbin/nologin"),
    ("sshd", 101, "/run/sshd", "/usr/sbin/nologin"),
    ("_chrony", 102, "/var/lib/chrony", "/usr/sbin/nologin"),
    ("nobody", 65534, "/nonexistent", "/usr/sbin/nologin"),
)

_MORE_GROUPS = (("adm", 4), ("tty", 5), ("disk", 6), ("sudo", 27), ("shadow", 42), ("users", 100))

_LOGIN_DEFS = """\
UID_MIN 1000
UID_MAX 60000
GID_MIN 1000
GID_MAX 60000
SYS_UID_MIN 100
SYS_UID_MAX 999
SYS_GID_MIN 100
SYS_GID_MAX 999
UMASK 022
USERGROUPS_ENAB yes
ENCRYPT_METHOD SHA512
"""

_PAM_OTHER = """\
auth sufficient pam_rootok.so
auth required pam_deny.so
account required pam_permit.so
password required pam_permit.so
session required pam_permit.so
"""


def write_accounts(root: Path, *, public_key: str, ops: bool) -> None:
    """Write the account files; ``ops`` needs a user id of its own, so it can be left out."""
    users = [*_USERS, ("ops", OPS_UID, "/home/ops", "/bin/bash")] if ops else list(_USERS)
    etc = root / "etc"
    _write_passwd(etc, users)
    (etc / "login.defs").write_text(_LOGIN_DEFS)
    for service in ("other", "su", "su-l", "runuser", "runuser-l", "useradd", "usermod", "chsh"):
        (etc / "pam.d" / service).write_text(_PAM_OTHER)
    _authorise(root / "root", public_key, uid=0)
    if ops:
        _authorise(root / "home" / "ops", public_key, uid=OPS_UID)


def _write_passwd(etc: Path, users: list[tuple[str, int, str, str]]) -> None:
    groups = [(name, uid) for name, uid, _, _ in users]
    taken = {gid for _, gid in groups}
    groups += [(name, gid) for name, gid in _MORE_GROUPS if gid not in taken]
    passwd = [f"{name}:x:{uid}:{uid}:{name}:{home}:{shell}" for name, uid, home, shell in users]
    # "*" has no password, whereas "!" would make sshd call the account locked.
    shadow = [f"{name}:*:19000:0:99999:7:::" for name, _, _, _ in users]
    _write(etc / "passwd", passwd)
    members = {"sudo": "ops"} if any(name == "ops" for name, *_ in users) else {}
    _write(etc / "group", [f"{name}:x:{gid}:{members.get(name, '')}" for name, gid in groups])
    _write(etc / "shadow", shadow, mode=0o640)
    _write(etc / "gshadow", [f"{name}:*::" for name, _ in groups], mode=0o640)
    _write(etc / "shells", ["/bin/sh", "/bin/bash"])


def _write(path: Path, lines: list[str], mode: int = 0o644) -> None:
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(mode)


def _authorise(home: Path, public_key: str, *, uid: int) -> None:
    ssh = home / ".ssh"
    ssh.mkdir(parents=True, exist_ok=True)
    keys = ssh / "authorized_keys"
    keys.write_text(f"{public_key}\n")
    for path, mode in ((home, 0o700), (ssh, 0o700), (keys, 0o600)):
        path.chmod(mode)
        if uid:
            os.chown(path, uid, uid)
