"""The little shell scripts through which a host's commands reach the emulator."""

import os

from lab.emulator import files, host, paths
from lab.emulator.real_snap import plan

MICROK8S_APPS = (
    "add-node", "addons", "config", "ctr", "dbctl", "disable", "enable", "helm", "helm3", "images",
    "istioctl", "join", "kubectl", "leave", "linkerd", "refresh-certs", "remove-node", "reset",
    "start", "status", "stop", "version", "inspect",
)  # fmt: skip
HOST_COMMANDS = ("snap", "systemctl", "systemd-run", "journalctl")


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
    _write(f"{paths.SNAP_APPS}/microk8s", _microk8s(python))
    for app in MICROK8S_APPS:
        line = f'exec {paths.SNAP_APPS}/microk8s {app} "$@"'
        _write(f"{paths.SNAP_APPS}/microk8s.{app}", line)
    if plan.is_shown():
        from lab.emulator.real_snap import show

        show.show(mount, _call(python, "snapctl"))


def _microk8s(python: str) -> str:
    """The command itself: what needs root it starts by a sudo of its own, also for root."""
    # A probe for a running join looks for `join.py` in the process list, so it must be there.
    return f"""\
as_root() {{
    [ "$(id -u)" != 0 ] || exec sudo -E PATH="$PATH" LD_LIBRARY_PATH= PYTHONPATH= "$@"
    exec "$@"
}}
case "$1" in
    join) shift; {_call(python, "", script="join.py", by="as_root")} ;;
    leave | start | stop) {_call(python, "microk8s", by="as_root")} ;;
esac
{_call(python, "microk8s")}"""


def remove_snap_commands() -> None:
    import shutil

    shutil.rmtree(paths.SNAP_MOUNT, ignore_errors=True)
    for name in os.listdir(paths.SNAP_APPS) if os.path.isdir(paths.SNAP_APPS) else ():
        if name == "microk8s" or name.startswith("microk8s."):
            files.remove(f"{paths.SNAP_APPS}/{name}")


def _call(python: str, command: str, script: str = "run.py", by: str = "exec") -> str:
    words = [f"{paths.EMULATOR}/{script}", *([command] if command else [])]
    return f'{by} {python} -I -S {" ".join(words)} "$@"'


def _write(path: str, body: str) -> None:
    files.write(path, f"#!/bin/sh\n{body}\n", mode=0o755)


def _link(target: str, path: str) -> None:
    files.remove(f"{path}.new")
    os.symlink(target, f"{path}.new")
    os.replace(f"{path}.new", path)
