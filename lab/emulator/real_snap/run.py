"""Runs the snap's own `microk8s`, dqlite shell and cluster agent."""

import os
import subprocess

from lab.emulator import faults, paths
from lab.emulator.real_snap import environment
from lab.emulator.real_snap.plan import EMULATED_FAULTS, TREE, has, has_command, plan

TLS_OPTIONS = ("-c", "--cert", "-k", "--key")


def answers(words: list[str]) -> bool:
    """Whether the snap's own `microk8s` is to run these words."""
    if any(map(faults.has, EMULATED_FAULTS)):
        return False
    verb = words[0] if words else ""
    is_known = verb in plan().get("commands", {})
    return has_command(verb) if is_known else has("dispatcher")


def microk8s(words: list[str]) -> int:
    """Run `microk8s WORDS` with the snap's dispatcher, or with the command's wrapper alone."""
    snap = f"{paths.SNAP_MOUNT}/current"
    is_dispatched = has("dispatcher")
    program = f"{snap}/microk8s.wrapper" if is_dispatched else f"{snap}/microk8s-{words[0]}.wrapper"
    return _status([program, *(words if is_dispatched else words[1:])])


def dqlite(words: list[str]) -> int:
    """Run the snap's dqlite shell, without TLS as the lab's datastore speaks plainly."""
    return _status([f"{TREE}/bin/dqlite", *without_tls(words)])


def without_tls(words: list[str]) -> list[str]:
    kept: list[str] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word in TLS_OPTIONS:
            queue[:1] = []
        elif not word.startswith(("--cert=", "--key=")):
            kept.append(word)
    return kept


def _status(command: list[str]) -> int:
    """The status of the command as a shell gives it."""
    done = subprocess.run(command, env=environment.of_snap(os.environ), check=False)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode
