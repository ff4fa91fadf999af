"""The little shell scripts through which a host's commands reach the emulator."""

import os

from lab.emulator import files, host, paths
from lab.emulator.real_snap import plan

MICROK8S_APPS = (
    "add-node", "addons", "config", "ctr", "dbctl", "disable", "enable", "helm", "helm3", "images",
    "istioctl", "join", "kubectl", "leave", "linkerd", "refresh-certs", "remove-node", "reset",
    "start", "status", "stop", "version", "inspect",
)  # fmt: skip
HOST_COMMANDS = ("snap", "systemctl", "journalctl")


def write_host_commands(root: str, python: str) -> None:
    """Put the commands that exist on a host before anything is installed below `root`."""
    for name in HOST_COMMANDS:
        _write(f"{root}/usr/local/bin/{name}", _call(python, name))


def write_snap_commands(revision: int) -> None:
    """Put what `snap install microk8s` gives: its apps and the binaries inside the snap."""
    python = host.this_host().python
    mount = f"{paths.SNAP_MOUNT}/{revision}"
    _write(f"{mount}/bin/dqlite", _call(python, "dqlite"))
    _write(f"{mount}/kubectl", _call(python, "kubectl"))
    _link(str(revision), f"{paths.SNAP_MOUNT}/current")
    # A probe for a running join looks for `join.py` in the process list, so it must be there.
    join = f'case "$1" in join) shift; {_call(python, "", script="join.py")} ;; esac\n'
    _write(f"{paths.SNAP_APPS}/microk8s", join + _call(python, "microk8s"))
    for app in MICROK8S_APPS:
        line = f'exec {paths.SNAP_APPS}/microk8s {app} "$@"\n'
        _write(f"{paths.SNAP_APPS}/microk8s.{app}", line)
    if plan.is_shown():
        from lab.emulator.real_snap import show

        show.show(mount, _call(python, "snapctl"))


def remove_snap_commands() -> None:
    import shutil

    shutil.rmtree(paths.SNAP_MOUNT, ignore_errors=True)
    for name in os.listdir(paths.SNAP_APPS) if os.path.isdir(paths.SNAP_APPS) else ():
        if name == "microk8s" or name.startswith("microk8s."):
            files.remove(f"{paths.SNAP_APPS}/{name}")


def _call(python: str, command: str, script: str = "run.py") -> str:
    words = [f"{paths.EMULATOR}/{script}", *([command] if command else [])]
    return f'exec {python} -I -S {" ".join(words)} "$@"\n'


def _write(path: str, body: str) -> None:
    files.write(path, f"#!/bin/sh\n{body}", mode=0o755)


def _link(target: str, path: str) -> None:
    files.remove(f"{path}.new")
    os.symlink(target, f"{path}.new")
    os.replace(f"{path}.new", path)
