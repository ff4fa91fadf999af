"""Faults that the lab injects into commands and services: `/lab/faults.json`.

Each entry: `{"id", "match": "microk8s join", "action", "seconds", "rc", "text", "times"}`.
`match` is a prefix of the command line's words; `times` (absent: for ever) counts down.
Services ask with words of their own: `agent join`, `agent sign-cert`, `agent health`.

On `snap install`, `remove`, `refresh` and `revert`, `slow` and `hang` hold snapd's change, which
goes on when its client dies, in the task whose summary begins with `text` (absent: the download,
or the first task), until their `seconds` have passed, the fault is cleared or the change aborted.
On `snap`: `snapd-dead`, by which nothing but `snap version` answers.

Actions on any command: `fail-before`, `fail-after`, `slow`, `hang`, and of the same kind as the
first with the texts of their causes `store-unreachable`, `channel-missing`, `disk-full`,
`hook-failure`, `snap-busy` (with `seconds` and without `times`: for so long after the first try).
On `microk8s join`: `false-success`, `kill-before-dqlite`, `kill-after-member-add`.
On `microk8s refresh-certs`: `false-success` and `kill-before-new-certificate`, each of which leaves
the node without the certificate.
On `microk8s dbctl`: `empty-backup`, `restores-nothing` (and reports success, as of a renamed file);
on `microk8s enable`: `push-fails` (an agent cannot be reached, so the addon is half applied),
`pods-late`, `false-success` (nothing happens), and of metallb `without-pool` (interrupted while the
controller starts);
`microk8s kubectl get`: `node-stays-ready`; `microk8s kubectl ... certificate`: `never-signed`,
`signed-for-long` (for a year, whatever was asked for).
On a host, whatever matches: `pdb-blocks-drain` (its API lists a pod `default/app-N` on each node,
and a budget `default/app` that lets none of them go); `deprecated-apis-used` (its API server was
asked for an API that the next minor does not have, and for one that only a much later one lacks).
On `agent join`: `stale-member`, `hostname-check`, `fail-before`, `slow`, `closes` and `resets` (in
mid-request); on `agent connect`: `closes`, `resets`, `silent` (before TLS).
On `dqlite store`: `stale` (`cluster.yaml` is not rewritten); `kicker restart`: `kicker-fails`.
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

DEAD = '{request}": dial unix /run/snapd.socket: connect: connection refused'
NEEDS_NO_SNAPD = (["snap", "version"], ["snap", "--version"])

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
    "snapd-dead": ("error: cannot communicate with server: " + DEAD, 1),
    "snap-busy": ('error: snap "microk8s" has "auto-refresh" change in progress', 10),
}

HOLDING = ("slow", "hang")
CHANGES = ("install", "remove", "refresh", "revert")

_taken: list[Fault] = []


def before(words: list[str]) -> None:
    """Take the faults that match this command line and act on those that come first."""
    _taken.extend(take(words))
    for fault in _taken:
        action = str(fault["action"])
        if action in HOLDING and is_change(words):
            continue  # snapd holds the change itself, and the client only waits for it
        if action == "slow":
            time.sleep(float(fault.get("seconds") or DEFAULT_SLOW_SECONDS))
        elif action == "hang":
            time.sleep(float(fault.get("seconds") or HANG_SECONDS))
        elif action == "snapd-dead" and words[:2] in NEEDS_NO_SNAPD:
            continue
        elif action in REFUSALS:
            text, status = REFUSALS[action]
            message = str(fault.get("text") or text).replace("{channel}", _channel(words))
            message = message.replace("{request}", _request(words))
            terminal.fail(message, int(fault.get("rc") or status))


def after(words: list[str], status: int) -> int:
    """The status to end with, now that the command has had its effect."""
    for fault in _taken:
        if fault["action"] == "fail-after":
            terminal.err(str(fault.get("text") or f"{words[0]}: injected failure after the effect"))
            return int(fault.get("rc") or 1)
    return status


def is_change(words: list[str]) -> bool:
    """Whether the command line asks snapd for a change, which goes on without its client."""
    verb = words[1] if words[0] == "snap" and len(words) > 1 else ""
    holds_refreshes = any(word.startswith(("--hold", "--unhold")) for word in words)
    return verb in CHANGES and not holds_refreshes


def holds() -> list[Fault]:
    """The taken faults that hold a change: their ids, seconds, and the task they hold it in."""
    usual = {"slow": DEFAULT_SLOW_SECONDS, "hang": HANG_SECONDS}
    return [
        {
            "id": fault["id"],
            "seconds": float(fault.get("seconds") or usual[str(fault["action"])]),
            "text": fault.get("text"),
        }
        for fault in _taken
        if fault["action"] in HOLDING
    ]


def is_present(fault_id: str) -> bool:
    """Whether nobody has cleared the fault yet."""
    return fault_id in [str(fault["id"]) for fault in files.read_json(FILE, [])]


def exists(action: str) -> bool:
    """Whether the host has a fault with this action, whatever command it is meant for."""
    return any(fault["action"] == action for fault in files.read_json(FILE, []))


def has(action: str) -> bool:
    """Whether the running command was hit by a fault with this action."""
    return any(fault["action"] == action for fault in _taken)


def seconds(action: str, default: float) -> float:
    """How long the fault lasts that the running command was hit by."""
    given = [fault.get("seconds") for fault in _taken if fault["action"] == action]
    return float((given and given[0]) or default)


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


def _request(words: list[str]) -> str:
    """What the client asks snapd's socket for, as its complaints quote it."""
    url = "http://localhost/v2/snaps"
    return f'Post "{url}/microk8s' if is_change(words) else f'Get "{url}'
