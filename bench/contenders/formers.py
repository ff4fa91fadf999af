"""Those who form a cluster on a lab: the product, a script over OpenSSH, an Ansible playbook."""

import os
import resource
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bench.contenders import ansible_playbook, work
from bench.contenders.work import Shape
from bench.cpu_time import cpu_seconds
from bench.processes import CannotMeasure
from bench.product import Product
from lab.lab import Lab

SCRIPT = Path(__file__).with_name("create_cluster.sh")
MOST_SECONDS = 900
OURS, SSH, ANSIBLE = "clusterwright", "OpenSSH script", "ansible-core"


@dataclass(frozen=True, slots=True)
class Formed:
    """One cluster that was formed: how long it took, and what a step took if there were any."""

    seconds: float
    cpu: float
    """Seconds of processor time on this side, without the hosts."""
    steps: Mapping[str, float]


class Former(Protocol):
    """Somebody who can form a cluster on fresh hosts."""

    name: str

    def form(self, lab: Lab, shape: Shape) -> Formed:
        """Form a cluster; return when it has been verified."""


class Clusterwright:
    """The product: from before the POST until its last event has arrived."""

    name = OURS

    def __init__(self, product: Product) -> None:
        self.product = product

    def form(self, lab: Lab, shape: Shape) -> Formed:
        self.product.forget()
        self.product.register(lab)
        before = cpu_seconds(self.product.supervisor.pid)
        seconds, job = self.product.create("bench", shape.params())
        cpu = cpu_seconds(self.product.supervisor.pid) - before
        return Formed(seconds, cpu, seconds_of_steps(job))


class OverOpenSsh:
    """The hand-written script: from its start to its end."""

    name = SSH

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def form(self, lab: Lab, shape: Shape) -> Formed:
        work.write(_emptied(self.folder), shape)
        return _run(["bash", str(SCRIPT), str(self.folder)], self.folder, shape, {})


class WithAnsible:
    """The playbook: from the start of ansible-playbook to its end."""

    name = ANSIBLE

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ansible_playbook.program()

    def form(self, lab: Lab, shape: Shape) -> Formed:
        work.write(_emptied(self.folder), shape)
        ansible_playbook.write_inventory(self.folder, shape)
        settings = ansible_playbook.environment(self.folder)
        return _run(ansible_playbook.command(self.folder), self.folder, shape, settings)


def seconds_of_steps(job: Mapping[str, Any]) -> dict[str, float]:
    """Return what each step of a job took, joins and verifications added up, and the rest."""
    found: dict[str, float] = {}
    for step in job["steps"]:
        found[step["name"]] = found.get(step["name"], 0.0) + step["seconds"]
    found["between steps"] = max(0.0, job["finished"] - job["created"] - sum(found.values()))
    return found


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _run(command: Sequence[str], folder: Path, shape: Shape, settings: Mapping[str, str]) -> Formed:
    """Run a contender; its connections are closed after the time has been taken."""
    with (folder / "log").open("wb") as log:
        before, began = _cpu_of_children(), time.perf_counter()
        done = subprocess.run(
            command,
            env=os.environ | dict(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            timeout=MOST_SECONDS,
        )
        seconds, cpu = time.perf_counter() - began, _cpu_of_children() - before
    _close_connections(folder, shape)
    if done.returncode:
        log_end = (folder / "log").read_text(errors="replace")[-2000:]
        raise CannotMeasure(f"cannot form a cluster with {command[0]}: {log_end}")
    return Formed(seconds, cpu, {})


def _cpu_of_children() -> float:
    """Return the processor time of all that has ended; SSH's kept connections do not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _close_connections(folder: Path, shape: Shape) -> None:
    """Tell each master of a kept connection to end, whichever name its socket has."""
    for socket in folder.iterdir():
        if socket.is_socket():
            words = ["ssh", "-o", f"ControlPath={socket}", "-O", "exit", shape.seed.name]
            subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True)
