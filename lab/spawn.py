"""The birth of a host's first process, in namespaces of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import socket
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from lab import mounts, namespaces, network, ssh_server
from lab.errors import CannotStart
from lab.spec import HOST_PATH, HostSpec, LabSpec

_HOST = (
    namespaces.NEWNET | namespaces.NEWNS | namespaces.NEWPID | namespaces.NEWUTS | namespaces.NEWIPC
)


@dataclasses.dataclass(frozen=True, slots=True)
class Spawned:
    """A host's first process, which waits until its network cable is plugged in."""

    pid: int
    machine_pid: int
    go: int

    def continue_(self) -> None:
        """Let the process run on."""
        os.write(self.go, b"g")
        os.close(self.go)


def spawn(host: HostSpec, lab: LabSpec, directory: Path, machine_proc: int) -> Spawned:
    """Fork the first process of a host; ``machine_proc`` is a descriptor of the machine's /proc."""
    go_read, go = os.pipe()
    report_read, report = os.pipe()

    def init() -> None:
        _run_init(host, lab, directory, go_read)

    outer = os.fork()
    if outer == 0:
        _fork_inside(init, report, machine_proc)
    os.close(report)
    os.close(go_read)
    with os.fdopen(report_read) as answer:
        text = answer.read()
    os.waitpid(outer, 0)
    words = text.split()
    if len(words) != 2 or not all(word.isdigit() for word in words):
        os.close(go)
        raise CannotStart(f"cannot start {host.name}: {text or 'its first process died'}")
    return Spawned(int(words[0]), int(words[1]), go)


def _fork_inside(init: Callable[[], None], report: int, machine_proc: int) -> NoReturn:
    """Run in a forked child: enter new namespaces, leave a grandchild there and end."""
    try:
        signal.set_wakeup_fd(-1)
        # An ignored signal is inherited, and no shell can trap it: nohup would leave hosts deaf.
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _enter_namespaces()
        mine, theirs = os.pipe()
        inner = os.fork()
        if inner == 0:
            os.close(report)
            os.write(theirs, os.readlink("self", dir_fd=machine_proc).encode())
            os.close(theirs)
            init()
        os.write(report, f"{inner} {os.read(mine, 32).decode()}".encode())
        os._exit(0)
    except BaseException as error:
        os.write(2, traceback.format_exc().encode())
        with contextlib.suppress(OSError):
            os.write(report, str(error).encode())
    finally:
        os._exit(1)


def _enter_namespaces() -> None:
    try:
        namespaces.unshare(_HOST | namespaces.NEWTIME)
        # The time since boot starts at nought, so that a reboot can be seen in /proc/uptime.
        seconds, nanoseconds = divmod(-time.clock_gettime_ns(time.CLOCK_BOOTTIME), 10**9)
        Path("/proc/self/timens_offsets").write_text(f"boottime {seconds} {nanoseconds}\n")
    except OSError:
        # Before Linux 5.6 there is no such namespace: the uptime is then the machine's.
        namespaces.unshare(_HOST)


def _run_init(host: HostSpec, lab: LabSpec, directory: Path, go: int) -> None:
    socket.sethostname(host.name)
    namespaces.make_private()
    mounts.enter_host(directory, host, lab)
    Path("/run/lab-network.batch").write_text(network.inside_batch(host, lab.setup.networks))
    if os.read(go, 1) != b"g":
        os._exit(1)
    os.setsid()
    log = os.open("/lab/log/init.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    if lab.ssh == "asyncssh" and os.fork() == 0:
        ssh_server.serve()
    environment = {"PATH": HOST_PATH, "HOME": "/root"}
    words = ["init", "/opt/lab/init.sh", lab.python, lab.ssh]
    os.execve("/bin/sh", words, environment)  # noqa: S606  # this process becomes the shell
