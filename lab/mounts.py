"""What a host sees: its own files, the machine's programs read-only, and its own kernel views."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from uuid import uuid4

from lab import hardware, namespaces, sudo
from lab.spec import HostSpec, LabSpec

BASE = "snap-base-"
"""Before the name of a snap's base, where the lab shows it to its hosts."""
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


def enter_host(directory: Path, host: HostSpec, lab: LabSpec) -> None:
    """Mount all that the host sees below its root and make that the calling process's root."""
    root = directory / "roots" / host.name
    _show_programs(root, directory / "python", lab.python_home)
    if lab.setup.sudo == "real":
        sudo.show_sudo(root)
    _show_lab(root, directory / "state", host.name)
    _show_snap(root, directory)
    _show_kernel(root, host)
    _make_devices(root / "dev")
    namespaces.mount("tmpfs", str(root / "run"), "tmpfs", "mode=755,size=64m")
    for name in ("sshd", "lock", "snapd"):
        (root / "run" / name).mkdir()
    namespaces.enter_root(str(root))


def _show_programs(root: Path, python: Path, python_home: str | None) -> None:
    for entry in os.scandir("/usr"):
        if entry.name != "local" and not entry.is_symlink():
            namespaces.bind(entry.path, str(root / "usr" / entry.name))
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if namespaces.is_directory(f"/{name}"):
            namespaces.bind(f"/{name}", str(root / name))
    if python_home is not None:
        target = Path(f"{root}{python_home}")
        target.mkdir(parents=True, exist_ok=True)
        namespaces.bind(str(python), str(target))


def _show_lab(root: Path, state: Path, name: str) -> None:
    namespaces.bind(str(state / "hosts" / name), str(root / "lab"))
    namespaces.bind(str(state / "world"), str(root / "lab" / "world"))
    namespaces.bind_read_only(str(state / "opt" / "lab"), str(root / "opt" / "lab"))


def _show_snap(root: Path, directory: Path) -> None:
    """Show the unpacked snap, and the base for its programs where the machine has it."""
    if (directory / "snap").is_dir():
        namespaces.bind_read_only(str(directory / "snap"), str(root / "opt" / "lab-snap"))
    for base in directory.glob(f"{BASE}*"):
        target = root / "snap" / base.name.removeprefix(BASE) / "current"
        target.mkdir(parents=True, exist_ok=True)
        namespaces.bind_read_only(str(base), str(target))


def _show_kernel(root: Path, host: HostSpec) -> None:
    namespaces.mount("proc", str(root / "proc"), "proc")
    namespaces.mount("sysfs", str(root / "sys"), "sysfs")
    claims = root / "var" / "lib" / "lab" / "hardware"
    shutil.rmtree(claims, ignore_errors=True)
    claims.mkdir(parents=True)
    _show_cgroups(root / "sys" / "fs" / "cgroup")
    for path, text in (
        ("proc/meminfo", hardware.meminfo(host.memory_gib)),
        ("proc/cpuinfo", hardware.cpuinfo(host.cpus)),
        ("proc/cgroups", hardware.cgroups()),
        ("sys/devices/system/cpu/online", hardware.cpus_online(host.cpus)),
        # The kernel is the machine's, which goes on: each boot of a host is one of its own.
        ("proc/sys/kernel/random/boot_id", f"{uuid4()}\n"),
    ):
        claim = claims / Path(path).name
        claim.write_text(text)
        if (root / path).exists():
            namespaces.bind(str(claim), str(root / path))


def _show_cgroups(groups: Path) -> None:
    if not groups.is_dir():
        return
    namespaces.mount("cgroup2", str(groups), "tmpfs", "mode=755,size=1m")
    for name in ("cgroup.controllers", "cgroup.subtree_control"):
        (groups / name).write_text(hardware.CONTROLLERS)


def _make_devices(dev: Path) -> None:
    namespaces.mount("tmpfs", str(dev), "tmpfs", "mode=755,size=1m")
    for name in _DEVICES:
        (dev / name).touch()
        namespaces.bind(f"/dev/{name}", str(dev / name))
    # The kernel's messages are the machine's: a host has the device and finds nothing in it.
    (dev / "kmsg").touch()
    namespaces.bind("/dev/null", str(dev / "kmsg"))
    for name, options in (("pts", "newinstance,ptmxmode=0666,mode=620"), ("shm", "mode=1777")):
        (dev / name).mkdir()
        namespaces.mount(name, str(dev / name), "devpts" if name == "pts" else "tmpfs", options)
    (dev / "ptmx").symlink_to("pts/ptmx")
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1")):
        (dev / name).symlink_to(target)
    (dev / "stderr").symlink_to("fd/2")
