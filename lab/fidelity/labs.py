"""The same commands on a lab of the snap's parts and on an emulated one, side by side."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from lab.errors import LabError
from lab.fidelity.compare import CommandRun, Row, not_run, row
from lab.fidelity.situations import HOSTS, Situation
from lab.lab import Lab

INSTALL = "snap install microk8s --classic --channel={}/stable"
COMMAND_SECONDS = 240
GAVE_UP = 124
Progress = Callable[[Row], None]


@contextmanager
def two_labs(snap: str) -> Iterator[tuple[Lab, Lab]]:
    """A lab of the snap's own parts and an emulated one, both gone afterwards."""
    with (
        Lab.up(HOSTS, name=f"own-{os.getpid()}", snap=snap) as own,
        Lab.up(HOSTS, name=f"emulated-{os.getpid()}", snap="") as emulated,
    ):
        yield own, emulated


def compare(
    own: Lab, emulated: Lab, situations: Sequence[Situation], report: Progress
) -> list[Row]:
    """Run every situation on both labs, in order; what is emulated on both is not compared."""
    plan = own.spec.snap or {}
    commands: Mapping[str, str] = plan.get("commands", {})
    rows: list[Row] = []
    with ThreadPoolExecutor(2) as both:
        track = ".".join(str(plan.get("version", "v1.32.0")).removeprefix("v").split(".")[:2])
        list(both.map(lambda lab: _install(lab, track), (own, emulated)))
        for situation in situations:
            mine, other = both.map(lambda lab, it=situation: _run(lab, it), (own, emulated))
            reason = _why_emulated(situation.verb, commands, plan.get("parts", {}))
            found = not_run(situation, reason) if reason else row(situation, mine, other)
            if situation.verb == "kubectl" and not reason:
                found = found.noting("only its wrapper is the snap's own")
            rows.append(found)
            report(found)
    return rows


def _why_emulated(verb: str, commands: Mapping[str, str], parts: Mapping[str, str]) -> str:
    part = {"help": "dispatcher"}.get(verb, verb)
    return commands[verb] if verb in commands else parts.get(part, "no snap")


def _install(lab: Lab, track: str) -> None:
    for host in (known.name for known in lab.hosts):
        done = lab.exec(host, INSTALL.format(track), timeout=COMMAND_SECONDS)
        if done.returncode:
            raise LabError(f"cannot install on {host} of lab {lab.name}: {done.stderr.strip()}")
        lab.exec(host, "/snap/bin/microk8s status --wait-ready", timeout=COMMAND_SECONDS)


def _run(lab: Lab, situation: Situation) -> CommandRun:
    line = situation.line
    if "{token}" in line:
        minted = lab.exec("n1", "/snap/bin/microk8s add-node --format token-check")
        line = line.replace("{token}", minted.stdout.strip())
    line = line.replace("{seed}", lab.hosts[0].node_address)
    line = line.replace("{python}", lab.spec.python)
    try:
        done = lab.exec(situation.host, f"PATH=$PATH:/snap/bin; {line}", timeout=COMMAND_SECONDS)
    except subprocess.TimeoutExpired:
        return CommandRun(GAVE_UP, "", f"no end within {COMMAND_SECONDS} s")
    return CommandRun(done.returncode, done.stdout, done.stderr)
