"""The files of a freshly installed host: one template for a lab, copied for each of its hosts."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path

from lab.accounts import write_accounts
from lab.cloud_init import write_cloud_init
from lab.packages import write_package_list
from lab.proxy import write_proxy
from lab.setup import Setup
from lab.spec import HostSpec
from lab.sudo import write_sudo

_DIRECTORIES = (
    "boot",
    "dev",
    "etc/apt/apt.conf.d",
    "etc/default",
    "etc/modules-load.d",
    "etc/pam.d",
    "etc/profile.d",
    "etc/skel",
    "etc/ssh",
    "etc/sysctl.d",
    "etc/systemd/system",
    "home",
    "lab",
    "media",
    "mnt",
    "opt/lab",
    "opt/lab-snap",
    "proc",
    "root/.ssh",
    "run",
    "snap",
    "srv",
    "sys",
    "tmp",
    "usr/local/bin",
    "usr/local/lib/lab",
    "usr/local/sbin",
    "usr/local/share",
    "var/cache",
    "var/empty",
    "var/lib/lab",
    "var/lib/snapd",
    "var/log",
    "var/snap",
    "var/spool",
    "var/tmp",
)

_COPIED_FROM_THE_MACHINE = (
    "alternatives",
    "debian_version",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "os-release",
    "protocols",
    "services",
    "ssl/openssl.cnf",
    "timezone",
)

_SSHD_CONFIG = """\
Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile .ssh/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
StrictModes no
MaxStartups 200
MaxSessions 200
PidFile /run/sshd.pid
AcceptEnv LANG LC_*
SetEnv PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
Subsystem sftp internal-sftp
"""


def build_template(
    root: Path, opt: Path, *, ops: bool, public_key: str, python: str, setup: Setup
) -> None:
    """Build the file tree that all hosts of a lab start from."""
    for directory in _DIRECTORIES:
        (root / directory).mkdir(parents=True, exist_ok=True)
    for sticky in ("tmp", "var/tmp"):
        (root / sticky).chmod(0o1777)
    _link_like_the_machine(root)
    for name in _COPIED_FROM_THE_MACHINE:
        _copy_from_the_machine(Path("/etc", name), root / "etc" / name)
    write_accounts(root, public_key=public_key, ops=ops)
    write_package_list(root)
    _write_settings(root)
    _install_shims(root, opt / "lab" / "shims")
    write_sudo(root, setup, ops=ops)
    if setup.proxy:
        write_proxy(root)
    if setup.cloud_init:
        write_cloud_init(root)
    shutil.copytree(opt / "installed", root, dirs_exist_ok=True, symlinks=True)
    if not python.startswith("/usr/"):
        (root / "usr" / "local" / "bin" / "python3").symlink_to(python)


def individualise(root: Path, host: HostSpec, host_key: Path) -> None:
    """Give a copy of the template the identity of one host."""
    etc = root / "etc"
    (etc / "hostname").write_text(f"{host.name}\n")
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {host.name}\n")
    (etc / "machine-id").write_text(f"{secrets.token_hex(16)}\n")
    for suffix in ("", ".pub"):
        target = etc / "ssh" / f"ssh_host_ed25519_key{suffix}"
        shutil.copyfile(f"{host_key}{suffix}", target)
        target.chmod(0o644 if suffix else 0o600)


def _link_like_the_machine(root: Path) -> None:
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if os.path.islink(f"/{name}"):
            (root / name).symlink_to(os.readlink(f"/{name}"))
        elif os.path.isdir(f"/{name}"):
            (root / name).mkdir()
    for entry in os.scandir("/usr"):
        if entry.name != "local":
            target = root / "usr" / entry.name
            target.symlink_to(os.readlink(entry)) if entry.is_symlink() else target.mkdir()
    (root / "var" / "run").symlink_to("/run")
    (root / "var" / "lock").symlink_to("/run/lock")


def _copy_from_the_machine(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # Unreadable or missing files are left out: distributions differ in what they have.
    with contextlib.suppress(OSError, shutil.Error):
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        else:
            shutil.copyfile(source, target)


def _write_settings(root: Path) -> None:
    etc = root / "etc"
    (etc / "nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n")
    # As Debian and Ubuntu have it: all lines of a name count, the loopback ones first.
    (etc / "host.conf").write_text("multi on\n")
    (etc / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    (etc / "environment").write_text("")
    (etc / "fstab").write_text("")
    (etc / "profile").write_text(
        "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin\n"
    )
    (etc / "ssh" / "sshd_config").write_text(_SSHD_CONFIG + _sshd_penalties())
    (etc / "ssh" / "ssh_config").write_text("")


def _sshd_penalties() -> str:
    """OpenSSH 9.8 began to shut out addresses that break off; here all come from the same one."""
    version = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=False).stderr
    found = re.match(r"OpenSSH_(\d+)\.(\d+)", version)
    recent = found is not None and (int(found[1]), int(found[2])) >= (9, 8)
    return "PerSourcePenalties no\n" if recent else ""


def _install_shims(root: Path, shims: Path) -> None:
    local = root / "usr" / "local"
    # The commands in ``packages`` appear on the PATH when the host installs the package.
    for source, directory in ((shims, local / "bin"), (shims / "packages", local / "lib" / "lab")):
        for shim in source.glob("*.sh"):
            shutil.copyfile(shim, directory / shim.stem)
            (directory / shim.stem).chmod(0o755)
    for name in ("poweroff", "halt", "shutdown"):
        (local / "bin" / name).symlink_to("reboot")
    (local / "bin" / "apt").symlink_to("apt-get")


def copy_owners(source: Path, target: Path) -> None:
    """Repeat the template's owners on a copy of it; copying files loses them."""
    for path in source.glob("home/**/*"):
        owner = path.lstat()
        os.chown(target / path.relative_to(source), owner.st_uid, owner.st_gid)
