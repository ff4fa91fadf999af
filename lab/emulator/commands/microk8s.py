"""The command `microk8s`: finds the module of its sub-command."""

import os

from lab.emulator import locks, paths, shims, snapd, terminal
from lab.emulator.real_snap import plan

MODULES = {
    "add-node": "add_node",
    "addons": "addons",
    "config": "config",
    "dbctl": "dbctl",
    "disable": "addons",
    "enable": "addons",
    "inspect": "inspect_node",
    "join": "join",
    "kubectl": "kubectl",
    "leave": "leave",
    "refresh-certs": "refresh_certs",
    "remove-node": "remove_node",
    "reset": "reset",
    "start": "start_stop",
    "status": "status",
    "stop": "start_stop",
    "version": "version",
}
INSUFFICIENT = """\
Insufficient permissions to access MicroK8s.
You can either try again with sudo or add the user {user} to the 'microk8s' group:

    sudo usermod -a -G microk8s {user}
    sudo chown -R {user} ~/.kube

After this, reload the user groups either via a reboot or by running 'newgrp microk8s'.
"""
LAST_WITH_DASHBOARD_PROXY = 35
LAST_WITH_PATIENT_SHELL = 28
ACTING_AS_NODE = "This MicroK8s deployment is acting as a node in a cluster."
STOPPED = "microk8s is not running, try microk8s start"


def run(words: list[str]) -> int:
    if plan.is_shown():
        from lab.emulator.real_snap import run as real

        if real.answers(words):
            return real.microk8s(words)
    return run_emulated(words)


def run_emulated(words: list[str]) -> int:
    from importlib import import_module

    if not words or words[0] in ("help", "--help", "-h"):
        _list_commands()
        # Without a plugin the wrapper ends at its failing search for plugins.
        return 0 if words and _plugins() else 1
    verb = words[0]
    if verb not in shims.MICROK8S_APPS:
        terminal.out(f"'{verb}' is not a valid MicroK8s subcommand.")
        _list_commands()
        return 1
    if verb not in MODULES:
        terminal.fail(f"microk8s {verb}: not part of the lab's emulation")
    module = import_module(f"lab.emulator.commands.{MODULES[verb]}")
    result: int | None = module.run(verb, words[1:])
    return result or 0


def _list_commands() -> None:
    terminal.out("Available subcommands are:")
    apps = [name for name in shims.MICROK8S_APPS if name != "inspect"]
    if _minor_version() <= LAST_WITH_DASHBOARD_PROXY:
        apps.append("dashboard-proxy")
    for name in [*sorted(apps), "inspect"]:
        terminal.out(f"\t{name}")
    if _plugins():
        terminal.out("Available subcommands from addons are:")
    for name in _plugins():
        terminal.out(f"\t{name}")


def _plugins() -> list[str]:
    folder = f"{paths.SNAP_COMMON}/plugins"
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def _minor_version() -> int:
    return int(str((snapd.installed() or {"version": "v1.36.0"})["version"]).split(".")[1])


def has_patient_dqlite_shell() -> bool:
    """Whether the snap's dqlite shell waits for a leader for ever, as it did up to 1.28."""
    return _minor_version() <= LAST_WITH_PATIENT_SHELL


def require_permission() -> None:
    if not os.access(f"{paths.CREDENTIALS}/client.config", os.R_OK):
        user = os.environ.get("USER", str(os.getuid()))
        terminal.fail(INSUFFICIENT.format(user=user))


def require_running() -> None:
    if locks.exists(locks.STOPPED):
        terminal.fail(STOPPED)


def refuse_worker_in_two_lines() -> None:
    """End on a worker as the commands do that are Python from their first line on."""
    if locks.is_worker():
        terminal.leave_with(1, f"{ACTING_AS_NODE}\nPlease use the master node.")


def refuse_worker(advice: str, status: int) -> None:
    """End on a worker with the wrapper's sentence and the status this command gives it."""
    if locks.is_worker():
        terminal.leave_with(status, f"{ACTING_AS_NODE} {advice}".rstrip())
