"""`microk8s refresh-certs`."""

import os
import shutil
import signal

from lab.emulator import (
    certificates,
    control,
    faults,
    files,
    host,
    journal,
    layout,
    locks,
    paths,
    terminal,
)
from lab.emulator.commands import microk8s, start_stop
from lab.emulator.services import AGENT, DQLITE, KUBELITE

NAMES = {
    "ca.crt": "CA",
    "server.crt": "server",
    "front-proxy-client.crt": "front proxy client",
}
KEPT = (paths.CERTS, paths.CREDENTIALS)
RESTARTED = {"server.crt": [KUBELITE, AGENT], "front-proxy-client.crt": [KUBELITE]}
NOTHING_CHOSEN = """\
Please use the '--cert' flag to select the certificate you need refreshed.

Available certificate options:
'server.crt': refreshes the server certificate
'front-proxy-client.crt': refreshes the front proxy client certificate
'ca.crt': refreshes the root CA and all certificates created from it.
            Warning: refreshing the root CA requires nodes to leave and re-join the cluster"""
USAGE = "Usage: refresh_certs.py [OPTIONS] [CA_DIR]\nTry 'refresh_certs.py --help' for help.\n\n"


def run(_verb: str, words: list[str]) -> None:
    if locks.is_worker():
        text = "Please use the microk8s refresh-certs command on the master\n"
        after = "and then return to this node to perform a microk8s leave and re-join."
        terminal.leave_with(0, f"{microk8s.ACTING_AS_NODE} {text}{after}")
    chosen, folder = _parse(words)
    if folder and not os.path.exists(folder):
        text = f"Error: Invalid value for '[CA_DIR]': Path '{folder}' does not exist."
        terminal.fail(f"{USAGE}{text}", 2)
    if chosen and folder:
        text = "Please do not set any options in combination with the CA_DIR."
        terminal.leave_with(1, text)
    if len(chosen) > 1:
        terminal.leave_with(2, "Please select only one of the options -c, -u or -e.")
    if os.getuid():
        text = "Elevated permissions is needed for this operation. "
        terminal.leave_with(50, f"{text}Please run this command with sudo.")
    if not chosen and not folder:
        terminal.leave_with(3, NOTHING_CHOSEN)
    if folder:
        _use_authority(folder)
    elif "check" in chosen:
        _check()
    elif "undo" in chosen:
        _undo()
    else:
        _refresh(chosen["cert"])


def _parse(words: list[str]) -> tuple[dict[str, str], str]:
    chosen: dict[str, str] = {}
    folder, queue = "", list(words)
    while queue:
        name, equals, value = queue.pop(0).partition("=")
        if name in ("-c", "--check"):
            chosen["check"] = ""
        elif name in ("-u", "--undo"):
            chosen["undo"] = ""
        elif name in ("-e", "--cert"):
            chosen["cert"] = value if equals else (queue.pop(0) if queue else "")
        elif name.startswith("-"):
            terminal.fail(f"Usage: refresh_certs.py [OPTIONS]\n\nError: No such option: {name}", 2)
        else:
            folder = name
    return chosen, folder


def _check() -> None:
    for name, title in NAMES.items():
        days = certificates.days_left(name)
        terminal.out(f"The {title} certificate will expire in {days} days.")


def _refresh(name: str) -> None:
    if name not in NAMES:
        choices = ", ".join(f"'{known}'" for known in NAMES)
        text = f"Error: Invalid value for '-e' / '--cert': '{name}' is not one of {choices}."
        terminal.fail(f"Usage: refresh_certs.py [OPTIONS]\n\n{text}", 2)
    _back_up()
    terminal.out("Creating new certificates")
    if name == "ca.crt":
        certificates.make(paths.CERTS, {"ca": certificates.CA_DAYS}, common_name=host.hostname())
        # Everything that the authority signed changes with it.
        layout.write_kubeconfigs()
        certificates.issue_server(host.hostname())
    else:
        _make_anew(name)
    _restart(RESTARTED.get(name, [KUBELITE, AGENT, DQLITE]))
    journal.effect("certificate-refreshed", name=name)


def _make_anew(name: str) -> None:
    """Remove a certificate, then make another: nobody looks whether that has worked."""
    files.remove(f"{paths.CERTS}/{name}")
    if faults.has("kill-before-new-certificate"):
        os.kill(os.getpid(), signal.SIGKILL)
    if not faults.has("false-success"):
        certificates.renew(name.removesuffix(".crt"), certificates.SERVER_DAYS, host.hostname())


def _back_up() -> None:
    terminal.out(f"Taking a backup of the current certificates under {paths.CERTS_BACKUP}/")
    try:
        for kept in KEPT:
            shutil.copytree(kept, _backup_of(kept), dirs_exist_ok=True)
    except OSError as error:
        terminal.leave_with(10, f"Failed to backup the current CA. {error}")


def _backup_of(folder: str) -> str:
    """Where the one backup of a folder is, which each refresh overwrites."""
    return f"{paths.CERTS_BACKUP}/{os.path.basename(folder)}"


def _restart(services: list[str]) -> None:
    for service in services:
        terminal.out(f"Restarting service {service.removeprefix('daemon-')}.")
    host.work("certificates")
    control.ask("restart", services)


def _undo() -> None:
    if not os.path.isdir(paths.CERTS_BACKUP):
        terminal.leave_with(1, "No previous backup found")
    for kept in KEPT:
        shutil.copytree(_backup_of(kept), kept, dirs_exist_ok=True)
    terminal.out("Restarting, please wait.")
    start_stop.run("stop", [])
    start_stop.run("start", [])


def _use_authority(folder: str) -> None:
    for status, name in ((30, "ca.crt"), (31, "ca.key")):
        if not os.path.exists(f"{folder}/{name}"):
            terminal.leave_with(status, f"Could not find {name} file")
    _back_up()
    for name in ("ca.crt", "ca.key"):
        shutil.copy(f"{folder}/{name}", f"{paths.CERTS}/{name}")
    certificates.issue_server(host.hostname())
    layout.write_kubeconfigs()
    _restart([KUBELITE, AGENT])
