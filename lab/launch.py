"""The start of a lab: staging its files, opening the way in, and starting its supervisor."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab import probe, saves, state, sudo, uid_map
from lab.client_files import write_client_files
from lab.errors import CannotStart
from lab.snap_dir import libraries
from lab.snap_dir import tree as snap_dir
from lab.spec import OUTSIDE_PORT, HostSpec, LabSpec
from lab.wish import Wish

_PACKAGE = Path(__file__).parent
_FIRST_NET = 77
"""They are in ``spec.OUTSIDE_NETWORKS``."""


def launch(wish: Wish) -> None:
    """Start a lab and write its record; return when every host speaks SSH."""
    state.make_private_base()
    lock = state.try_lock(state.lock_path(wish.name))
    if lock is None:
        raise CannotStart(f"cannot start lab {wish.name}: it is already running")
    directory = state.directory(wish.name)
    try:
        _launch_locked(wish, directory, lock)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def _launch_locked(wish: Wish, directory: Path, lock: int) -> None:
    dqlite = probe.dqlite(wish.dqlite)
    kind = uid_map.choose()
    ssh = probe.ssh_server(wish.ssh, kind)
    wish.setup.check()
    if wish.setup.user != "root" and ssh == "asyncssh":
        raise CannotStart(
            f"cannot start a lab with user {wish.setup.user}: asyncssh lets nobody but root in; "
            "apt-get install openssh-server"
        )
    setup = dataclasses.replace(wish.setup, sudo=sudo.choose(wish.setup, kind))
    probe.programs(ssh)
    python, python_home = probe.python()
    snap = snap_dir.look(wish.snap, dqlite=dqlite, python=python) if wish.snap else None
    if snap and uid_map.outside_root(kind)[0] != os.geteuid():
        snap_dir.require_readable(snap)
    _stage(directory, python, uid_map.outside_root(kind))
    if snap:
        libraries.lend(snap.lent, directory / "opt" / "lab" / "snap-libraries")
    with _entrances(len(wish.hosts)) as (net, listeners, plugs):
        lab = LabSpec(
            name=wish.name,
            hosts=_host_specs(wish, net),
            state=str(directory),
            python=python,
            python_home=python_home,
            durations=wish.durations,
            dqlite=dqlite,
            ssh=ssh,
            uid_map=kind,
            disk_gib=wish.disk_gib,
            setup=setup,
            public_key=(directory / "id_ed25519.pub").read_text().strip(),
            listener_fds=tuple(listener.fileno() for listener in listeners),
            plug_fds=tuple(plug.fileno() for plug in plugs),
            snap=snap.to_json() if snap else None,
        )
        report = _start(lab, lock)
    write_client_files(directory, lab, report["host_keys"])
    record = {"spec": json.loads(lab.to_json()), **report}
    (directory / "lab.json").write_text(json.dumps(record, indent=1))


def _host_specs(wish: Wish, net: int) -> tuple[HostSpec, ...]:
    return tuple(
        HostSpec(
            name=name,
            index=index,
            outside=f"127.0.{net}.{10 + index}",
            cpus=wish.cpus[name],
            memory_gib=wish.memory_gib[name],
        )
        for index, name in enumerate(wish.hosts, start=1)
    )


def _stage(directory: Path, python: str, owner: tuple[int, int]) -> None:
    """Copy all that hosts need to a place that the lab's user ids can read."""
    shutil.rmtree(directory, ignore_errors=True)
    opt = directory / "opt" / "lab"
    written = [directory / name for name in ("run", "world", "hosts", saves.FOLDER)]
    for path in (opt, *written):
        path.mkdir(mode=0o755, parents=True)
    for script in ("init.sh", "condition.sh", "liar.py"):
        shutil.copyfile(_PACKAGE / script, opt / script)
    shutil.copytree(_PACKAGE / "shims", opt / "shims")
    stage_emulator(directory, python)
    for path in written:
        if owner[0] != os.geteuid():
            os.chown(path, *owner)
    key = directory / "id_ed25519"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "clusterwright-lab", "-f", str(key)],
        check=True,
        stdin=subprocess.DEVNULL,
    )


def stage_emulator(directory: Path, python: str) -> None:
    """Copy the emulator's present sources and what it installs on every host.

    The sources are compiled, because its commands must start quickly.
    """
    target = directory / "opt" / "lab" / "emulator"
    shutil.rmtree(target, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(_PACKAGE / "emulator", target, ignore=ignored)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    command = [python, "-I", "-S", "-m", "compileall", "-q", "-s", str(target)]
    subprocess.run([*command, "-p", "/opt/lab/emulator", str(target)], check=True)
    installed = directory / "opt" / "installed"
    shutil.rmtree(installed, ignore_errors=True)
    installed.mkdir()
    install = [python, "-I", "-S", str(target / "install.py"), str(installed), python]
    subprocess.run(install, check=True, umask=0o022)


def emulator_changed(directory: Path) -> bool:
    """Whether the emulator's sources have been edited since they were copied."""
    return _sources(_PACKAGE / "emulator") != _sources(directory / "opt" / "lab" / "emulator")


def _sources(root: Path) -> dict[str, tuple[int, int]]:
    found = ((path, path.stat()) for path in root.rglob("*.py"))
    return {
        str(path.relative_to(root)): (facts.st_mtime_ns, facts.st_size) for path, facts in found
    }


@contextlib.contextmanager
def _entrances(count: int) -> Iterator[tuple[int, list[socket.socket], list[socket.socket]]]:
    """Listen on the first free loopback network; each host also gets a socket for closing it."""
    for net in range(_FIRST_NET, 255):
        with contextlib.ExitStack() as sockets:
            listeners = _listen(net, count)
            if listeners is None:
                continue
            plugs = [socket.socket() for _ in listeners]
            for each in (*listeners, *plugs):
                sockets.enter_context(each)
            yield net, listeners, plugs
            return
    raise CannotStart("cannot start the lab: every network 127.0.77.0 to 127.0.254.0 is in use")


def _listen(net: int, count: int) -> list[socket.socket] | None:
    listeners: list[socket.socket] = []
    try:
        for index in range(1, count + 1):
            listeners.append(socket.create_server((f"127.0.{net}.{10 + index}", OUTSIDE_PORT)))
    except OSError as error:
        for listener in listeners:
            listener.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise CannotStart(f"cannot listen for SSH on loopback: {error}") from error
    return listeners


def _start(lab: LabSpec, lock: int) -> dict[str, Any]:
    """Run the launcher and wait for its one line."""
    command = [sys.executable, "-m", "lab.launcher"]
    if lab.ssh == "sshd":
        command.insert(1, "-S")
    path = os.pathsep.join(filter(None, [str(_PACKAGE.parent), os.environ.get("PYTHONPATH")]))
    with (
        open(state.log_path(lab.name), "wb") as log,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=(lock, *lab.listener_fds, *lab.plug_fds),
            env={**os.environ, "PYTHONPATH": path},
            text=True,
        ) as launcher,
    ):
        answer, _ = launcher.communicate(lab.to_json())
    report: dict[str, Any] = json.loads(answer) if answer else {"error": "its launcher died"}
    if "error" in report:
        detail = probe.explain(report["error"])
        raise CannotStart(f"cannot start lab {lab.name}: {detail} (see {log.name})")
    return report
