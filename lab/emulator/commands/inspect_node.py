"""`microk8s inspect`: the summary on the terminal and a small report archive."""

import os
import tarfile
import time

from lab.emulator import control, files, paths, services, terminal

CHECKED = ("daemon-cluster-agent", "daemon-containerd", "daemon-kubelite", "daemon-k8s-dqlite")


def run(_verb: str, _words: list[str]) -> int:
    if os.getuid():
        text = "Elevated permissions are needed for this command. "
        terminal.leave_with(1, f"{text}Please use sudo.")
    terminal.out("Inspecting system\nInspecting Certificates\nInspecting services")
    running = control.active()
    expected = [name for name in CHECKED if name in services.wanted()]
    for name in expected:
        if name in running:
            terminal.out(f"  Service snap.microk8s.{name} is running")
        else:
            terminal.out(f" FAIL:  Service snap.microk8s.{name} is not running")
            unit = f"snap.microk8s.{name}"
            terminal.out(f"For more details look at: sudo journalctl -u {unit}")
    terminal.out("Inspecting AppArmor configuration\nGathering system information")
    terminal.out("Inspecting kubernetes cluster\nInspecting dqlite")
    if "br_netfilter" not in files.read("/etc/modules-load.d/microk8s.conf", "br_netfilter"):
        terminal.out("WARNING:  br_netfilter is not loaded.")
    terminal.out("Building the report tarball")
    terminal.out(f"  Report tarball is at {_report()}")
    return 0 if all(name in running for name in expected) else 1


def _report() -> str:
    name = time.strftime("inspection-report-%Y%m%d_%H%M%S.tar.gz")
    path = f"{paths.SNAP_DATA}/{name}"
    with tarfile.open(path, "w:gz") as archive:
        if os.path.isdir(paths.SERVICE_LOGS):
            archive.add(paths.SERVICE_LOGS, "inspection-report")
    return path
