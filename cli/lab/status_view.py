"""The picture of a lab that ``clusterwright lab status`` prints, with what in it is emulated."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table

from lab.lab import Lab
from lab.snap_dir import words

_COLUMNS = ("host", "ssh", "node address", "power", "snap", "role", "pids")


def status_view(lab: Lab) -> Group:
    """A table of the hosts above the list of what is real."""
    facts = lab.status()
    table = Table(
        title=f"lab {lab.name}", title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    for column in _COLUMNS:
        table.add_column(column, no_wrap=True)
    table.add_column("trouble")
    for host in lab.hosts:
        state = facts["hosts"][host.name]
        table.add_row(
            host.name,
            f"{host.address}:{host.port}",
            host.node_address,
            state["power"],
            state.get("channel", "-"),
            state.get("role", "-"),
            str(state["processes"]),
            _trouble(lab, host.name, facts),
        )
    apart = lab.spec.setup.describe()
    return Group(table, *([f"hosts: {apart}"] if apart else []), what_is_emulated(lab))


def what_is_emulated(lab: Lab) -> str:
    """One line that says what of this lab is real."""
    ssh = {"sshd": "OpenSSH sshd", "asyncssh": "asyncssh"}[lab.spec.ssh]
    dqlite = "emulated"
    if lab.spec.dqlite == "real":
        dqlite = f"real (go-dqlite{_package_version('go-dqlite')})"
    sudo = "sudo: real; " if lab.spec.setup.sudo == "real" else ""
    return (
        f"{words.sentence(lab.spec.snap)}; "
        f"dqlite: {dqlite}; SSH: {ssh}; {sudo}network: kernel bridge in a user namespace"
    )


def _trouble(lab: Lab, host: str, facts: dict[str, Any]) -> str:
    cut = [target for source, target in facts["cuts"] if source == host]
    notes = [f"cannot reach {', '.join(cut)}"] if cut else []
    if host in facts["delays"]:
        notes.append(f"{facts['delays'][host]} ms late")
    full = (what for what in ("disk", "inodes") if facts["hosts"][host][f"{what}_full"])
    notes += [f"{what} full" for what in full]
    notes += lab.conditions(host)
    count = len(lab.faults(host))
    if count:
        notes.append(f"{count} command fault{'s' if count > 1 else ''}")
    return "; ".join(notes) or "-"


def _package_version(package: str) -> str:
    if shutil.which("dpkg-query") is None:
        return ""
    command = ["dpkg-query", "-W", "-f", "${source:Upstream-Version}", package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f" {done.stdout}" if done.returncode == 0 else ""
