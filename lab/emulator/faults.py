"""Faults that the lab injects into commands and services: `/lab/faults.json`.

Each entry: `{"id", "match": "microk8s join", "action", "seconds", "rc", "text", "times"}`.
`match` is a prefix of the command line's words; `times` (absent: for ever) counts down.
Services ask with words of their own: `agent join`, `agent sign-cert`, `agent health`.

Actions on any command: `fail-before`, `fail-after`, `slow`, `hang`, and of the same kind as the
first with the texts of their causes `store-unreachable`, `channel-missing`, `disk-full`,
`hook-failure`, `snap-busy` (with `seconds` and without `times`: for so long after the first try).
On `microk8s join`: `false-success`, `kill-before-dqlite`, `kill-after-member-add`.
On `microk8s dbctl`: `empty-backup`; `microk8s enable`: `push-fails`;
`microk8s kubectl drain`: `pdb-blocks-drain`; `microk8s kubectl get`: `node-stays-ready`.
On `agent join`: `stale-member`, `hostname-check`, `fail-before`, `slow`.
On `dqlite roles`, where dqlite is emulated: `slow-promotion`.
"""

import time
from typing import Any

from lab.emulator import files, paths, terminal

Fault = dict[str, Any]
FILE = f"{paths.LAB}/faults.json"
USES = f"{paths.LOG}/fault-uses.json"
HANG_SECONDS = 3600.0
DEFAULT_SLOW_SECONDS = 2.0

# What these faults say before the command has any effect, and the status they end with.
REFUSALS = {
    "fail-before": ("error: injected failure", 1),
    "store-unreachable": ("error: unable to contact snap store", 1),
    "channel-missing": (
        'error: snap "microk8s" not available on channel "{channel}" (see \'snap info microk8s\')',
        1,
    ),
    "disk-full": ('error: cannot install "microk8s" due to low disk space', 1),
    "hook-failure": (
        "error: cannot perform the following tasks:\n"
        '- Run install hook of "microk8s" snap if present (run hook "install": exit status 1)',
        1,
    ),
    "snap-busy": ('error: snap "microk8s" has "auto-refresh" change in progress', 10),
}

_taken: list[Fault] = []


def before(words: list[str]) -> None:
    """Take the faults that match this command line and act on those that come first."""
    _taken.extend(take(words))
    for fault in _taken:
        action = str(fault["action"])
        if action == "slow":
            time.sleep(float(fault.get("seconds") or DEFAULT_SLOW_SECONDS))
        elif action == "hang":
            time.sleep(float(fault.get("seconds") or HANG_SECONDS))
        elif action in REFUSALS:
            text, status = REFUSALS[action]
            said = str(fault.get("text") or text).replace("{channel}", _channel(words))
            terminal.fail(said, int(fault.get("rc") or status))


def after(words: list[str], status: int) -> int:
    """The status to end with, now that the command has had its effect."""
    for fault in _taken:
        if fault["action"] == "fail-after":
            terminal.err(str(fault.get("text") or f"{words[0]}: injected failure after the effect"))
            return int(fault.get("rc") or 1)
    return status


def has(action: str) -> bool:
    """Whether the running command was hit by a fault with this action."""
    return any(fault["action"] == action for fault in _taken)


def take(words: list[str]) -> list[Fault]:
    """The faults that match the words now; each match uses one of its `times`."""
    entries: list[Fault] = files.read_json(FILE, [])
    matching = [entry for entry in entries if _matches(entry, words)]
    return [entry for entry in matching if _count(entry)]


def _matches(fault: Fault, words: list[str]) -> bool:
    wanted = str(fault.get("match", "")).split()
    return words[: len(wanted)] == wanted


def _count(fault: Fault) -> bool:
    if fault.get("times") is None:
        return fault["action"] != "snap-busy" or _is_still_busy(fault)
    with files.edited_json(USES, {}) as uses:
        used = int(uses.get(str(fault["id"]), 0))
        uses[str(fault["id"])] = used + 1
    return used < int(fault["times"])


def _is_still_busy(fault: Fault) -> bool:
    """Whether the change that makes snapd busy still runs; it began at the first try."""
    with files.edited_json(USES, {}) as uses:
        began = float(uses.setdefault(str(fault["id"]), time.time()))
    return time.time() - began < float(fault.get("seconds") or HANG_SECONDS)


def _channel(words: list[str]) -> str:
    given = [word.partition("=")[2] for word in words if word.startswith("--channel=")]
    return given[0] if given else "latest/stable"
