"""The program ``python -m lab.launcher``: enters the outer namespaces and becomes the supervisor.

It reads the lab's description from standard input and answers with one line of JSON on standard
output once the hosts speak SSH, or once it is clear that they will not. Everything is imported
before the change of user id: afterwards the interpreter's own files may be out of reach.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from lab import mounts, namespaces, ssh_server, uid_map
from lab.errors import LabError
from lab.requests import answer
from lab.spec import HOST_PATH, LabSpec
from lab.supervisor import Supervisor

_OUTER = (
    namespaces.NEWUSER
    | namespaces.NEWNET
    | namespaces.NEWNS
    | namespaces.NEWPID
    | namespaces.NEWUTS
    | namespaces.NEWIPC
)
_INSIDE = Path("/mnt")
_START_SECONDS = 60
_FILES = 65_536


def main() -> None:
    """Fork into the namespaces, map the ids from outside, and leave the rest to the child."""
    lab = LabSpec.from_json(sys.stdin.read())
    _keep_from_hosts()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    # An ordinary user's PATH often leaves out where ip, tc and nft are.
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}:{HOST_PATH}"
    if lab.ssh == "asyncssh":
        ssh_server.preload()
    unshared_read, unshared = os.pipe()
    mapped_read, mapped = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(unshared_read)
        os.close(mapped)
        _enter(lab, unshared, mapped_read)
    os.close(unshared)
    os.close(mapped_read)
    if os.read(unshared_read, 1) == b"u":
        try:
            uid_map.write(child, lab.uid_map)
        except (OSError, subprocess.CalledProcessError) as error:
            _tell({"error": f"cannot map the {lab.uid_map} user ids: {error}"})
            os._exit(1)
        os.write(mapped, b"m")
    os.close(mapped)
    os.waitpid(child, 0)


def _keep_from_hosts() -> None:
    """Close the inherited sockets and the lock in every program that the lab starts."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            with contextlib.suppress(OSError):
                os.set_inheritable(int(name), False)


def _enter(lab: LabSpec, unshared: int, mapped: int) -> NoReturn:
    """Run in a forked child: leave the supervisor behind as first process of a namespace."""
    try:
        namespaces.unshare(_OUTER)
        os.write(unshared, b"u")
        if os.read(mapped, 1) != b"m":
            os._exit(1)
        inner = os.fork()
        if inner == 0:
            _supervise(lab)
    except OSError as error:
        _tell({"error": f"cannot enter new namespaces: {error}"})
    finally:
        os._exit(0)


def _supervise(lab: LabSpec) -> NoReturn:
    try:
        os.setsid()
        os.umask(0o022)
        machine_proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        machine_pid = int(os.readlink("self", dir_fd=machine_proc))
        namespaces.make_private()
        # Opened with the old user id, which may enter parents that are closed to the new one.
        shown = {"state": os.open(lab.state, os.O_PATH | os.O_DIRECTORY)}
        if lab.snap is not None:
            shown["snap"] = os.open(lab.snap["directory"], os.O_PATH | os.O_DIRECTORY)
            if base := lab.snap["base"]:
                name = f"{mounts.BASE}{Path(base).parent.name}"
                shown[name] = os.open(base, os.O_PATH | os.O_DIRECTORY)
        if lab.python_home is not None:
            shown["python"] = os.open(lab.python_home, os.O_PATH | os.O_DIRECTORY)
        _become_root(lab)
        _mount(shown)
        asyncio.run(_live(lab, machine_proc, machine_pid))
        os._exit(0)
    except BaseException as error:
        traceback.print_exc()
        _tell({"error": str(error)})
    finally:
        os._exit(1)


def _mount(shown: dict[str, int]) -> None:
    """Prepare a place of the lab's own and show there what hosts need of the machine."""
    namespaces.mount("proc", "/proc", "proc")
    namespaces.mount("lab", str(_INSIDE), "tmpfs", "mode=755")
    (_INSIDE / "roots").mkdir()
    for name, descriptor in shown.items():
        (_INSIDE / name).mkdir()
        namespaces.bind(f"/proc/self/fd/{descriptor}", str(_INSIDE / name))
        os.close(descriptor)
    os.chdir(_INSIDE)


def _become_root(lab: LabSpec) -> None:
    if lab.uid_map != "single" or os.geteuid() != 0:
        with contextlib.suppress(PermissionError):
            os.setgroups([])
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
    namespaces.stay_inspectable()


async def _live(lab: LabSpec, machine_proc: int, machine_pid: int) -> None:
    supervisor = Supervisor(lab, _INSIDE, machine_proc)
    try:
        await asyncio.wait_for(supervisor.start(answer), _START_SECONDS)
    except (LabError, OSError, TimeoutError, subprocess.SubprocessError) as error:
        traceback.print_exc()
        _tell({"error": str(error) or f"no answer from its hosts in {_START_SECONDS} s"})
        supervisor.end()
        return
    keys = _INSIDE / "state" / "run" / "keys"
    host_keys = {name: _key(keys / f"{name}.pub") for name in supervisor.hosts}
    if not _tell({"pid": machine_pid, "host_keys": host_keys, "netem": supervisor.can_delay}):
        supervisor.end()
    await supervisor.ended.wait()


def _key(path: Path) -> str:
    return " ".join(path.read_text().split()[:2])


def _tell(message: dict[str, Any]) -> bool:
    """Answer once, on what was standard output, which is the log after that.

    Nobody may be there any more to hear it: whoever wanted the lab has gone away meanwhile.
    """
    try:
        os.write(1, json.dumps(message).encode() + b"\n")
    except BrokenPipeError:
        return False
    finally:
        os.dup2(2, 1)
    return True


if __name__ == "__main__":
    main()
