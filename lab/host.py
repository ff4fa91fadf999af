"""One simulated host as its supervisor sees it: files that stay, processes that come and go."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

from lab import installed, namespaces, rootfs
from lab.spawn import Spawned, spawn
from lab.spec import HostSpec, LabSpec

REBOOT_STATUS = 133


class LabHost:
    """One host of a running lab."""

    def __init__(self, spec: HostSpec, lab: LabSpec, directory: Path) -> None:
        self.spec = spec
        self.pid: int | None = None
        self.machine_pid: int | None = None
        self.frozen = False
        self.wanted = False
        self.status = 0
        self.gone = asyncio.Event()
        self.gone.set()
        self._lab = lab
        self._directory = directory
        self._root = directory / "roots" / spec.name
        self._inodes = 0

    def install(self) -> None:
        """Give the host a new root file system with freshly installed files."""
        self.make_root()
        template = self._directory / "template"
        shutil.copytree(template, self._root, symlinks=True, dirs_exist_ok=True)
        rootfs.copy_owners(template, self._root)
        key = self._directory / "state" / "run" / "keys" / self.spec.name
        rootfs.individualise(self._root, self.spec, key)

    def make_root(self) -> Path:
        """Give the host a new root file system without any file, and say where it is."""
        self._root.mkdir(parents=True, exist_ok=True)
        size = f"mode=755,size={self._lab.disk_gib}g"
        namespaces.mount("lab", str(self._root), "tmpfs", size)
        self._inodes = os.statvfs(self._root).f_files
        return self._root

    @property
    def root(self) -> Path:
        """Where the host's root file system is, as its supervisor sees it."""
        return self._root

    def uninstall(self) -> None:
        """Throw the host's files away."""
        namespaces.unmount(str(self._root))

    def start(self, machine_proc: int) -> Spawned:
        """Make the host's namespaces and its first process, which waits for its network cable."""
        spawned = spawn(self.spec, self._lab, self._directory, machine_proc)
        self.pid, self.machine_pid = spawned.pid, spawned.machine_pid
        self.frozen = False
        self.gone.clear()
        return spawned

    def exited(self, status: int) -> None:
        """Take note that the host's first process has ended, and with it the whole host."""
        self.pid = self.machine_pid = None
        self.frozen = False
        self.status = os.waitstatus_to_exitcode(status)
        self.gone.set()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the host's first process."""
        if self.pid is not None:
            os.kill(self.pid, number)

    def freeze(self) -> None:
        """Stop every process of the host where it stands."""
        known: set[int] = set()
        while new := set(self.processes()) - known:
            for pid in new:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
            known |= new
        self.frozen = True

    def thaw(self) -> None:
        """Let a frozen host's processes continue."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self.frozen = False

    def processes(self) -> Iterator[int]:
        """The processes of the host, by their ids in the supervisor's namespace."""
        if self.pid is None:
            return
        own = os.readlink(f"/proc/{self.pid}/ns/pid")
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    if os.readlink(f"{entry.path}/ns/pid") == own:
                        yield int(entry.name)

    def fill_disk(self) -> None:
        """Shrink the root file system to what it holds, so that every write fails."""
        facts = os.statvfs(self._root)
        used = (facts.f_blocks - facts.f_bfree) * facts.f_frsize
        namespaces.remount(str(self._root), f"size={used}")

    def free_disk(self) -> None:
        """Give the root file system its size back."""
        namespaces.remount(str(self._root), f"size={self._lab.disk_gib}g")

    def fill_inodes(self) -> None:
        """Let the root file system take no file more, though it has bytes to spare."""
        facts = os.statvfs(self._root)
        used = facts.f_files - facts.f_ffree
        namespaces.remount(str(self._root), f"nr_inodes={used}")

    def free_inodes(self) -> None:
        """Let the root file system take as many files again as when it was made."""
        namespaces.remount(str(self._root), f"nr_inodes={self._inodes}")

    def snap_facts(self) -> dict[str, str]:
        return installed.snap_facts(self._root)

    def disk_is_full(self) -> bool:
        return os.statvfs(self._root).f_bavail == 0

    def inodes_are_full(self) -> bool:
        return os.statvfs(self._root).f_favail == 0
