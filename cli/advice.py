"""Advice as commands: how the command line words what a person can do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cli.pasteable import pasteable

SHORT_ID = 8
"""So much of a job's id is shown, and is enough to name it."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A command, and what a person has to fill in: words in capitals stand for that."""

    words: tuple[str, ...]
    note: str = ""


COMMANDS: Mapping[str, Wording] = {
    "add-host": Wording(
        ("hosts", "add", "{host}", "--address", "ADDRESS", "--scan"),
        "ADDRESS is where SSH reaches it",
    ),
    "change-host": Wording(
        ("hosts", "update", "{host}", "--user", "USER"),
        "USER is whom SSH logs in, or say another option: what is not said stays",
    ),
    "repin-host": Wording(
        ("hosts", "repin", "{host}", "--scan"),
        "compare the new fingerprint on its console",
    ),
    "show-host": Wording(("hosts", "show", "{host}")),
    "list-hosts": Wording(("hosts", "list")),
    "list-clusters": Wording(("clusters", "list")),
    "show-cluster": Wording(("clusters", "show", "{cluster}")),
    "list-jobs": Wording(("jobs", "list")),
    "show-job": Wording(("jobs", "show", "{job}")),
    "follow-job": Wording(("watch", "{job}")),
    "cancel-job": Wording(("jobs", "cancel", "{job}")),
    "approve-job": Wording(("jobs", "approve", "{job}")),
    "reject-job": Wording(("jobs", "reject", "{job}"), "--reason says why"),
    "retry-job": Wording(("jobs", "retry", "{job}", "--wait")),
    "retry-job-accepting": Wording(
        ("jobs", "retry", "{job}", "--accept", "{accept}", "--wait"),
        "only if these findings may stand",
    ),
    "rollback-job": Wording(("jobs", "rollback", "{job}", "--wait")),
    "rollback-job-without": Wording(
        ("jobs", "rollback", "{job}", "--without", "{without}", "--wait")
    ),
    "plan-change": Wording(
        ("plan", "{kind}", "{cluster}", "--help"),
        "tells what to say of it; without --help it is planned",
    ),
    "list-kinds": Wording(("change", "--help")),
    "list-schedules": Wording(("schedules", "list")),
    "list-windows": Wording(("windows", "list")),
    "list-freezes": Wording(("freezes", "list")),
    "check-stack": Wording(("doctor",)),
}


def commands(actions: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a command for each advised action that this version knows."""
    lines = set()
    for row in actions:
        wording = COMMANDS.get(row["action"])
        if wording is None:
            continue
        arguments = dict(row["arguments"])
        if "job" in arguments:
            arguments["job"] = arguments["job"][:SHORT_ID]
        words = (word.format_map(arguments) for word in wording.words)
        line = pasteable(*words) + (f"  # {wording.note}" if wording.note else "")
        if line not in lines:
            lines.add(line)
            yield line
