"""What of MicroK8s is real on this host, as the lab wrote it into `/lab/host.json`.

`parts` and `commands` map a name to the reason why the emulated one stands in; to the empty text
where the snap's own is used.
"""

from functools import cache
from typing import Any

from lab.emulator import files, paths

TREE = "/opt/lab-snap"
LIBRARIES = "/opt/lab/snap-libraries"
AGENT, DQLITE_SHELL = "cluster agent", "dqlite shell"

# The snap's own command cannot do what these faults ask for: then the emulated one runs.
EMULATED_FAULTS = (
    "false-success",
    "kill-before-dqlite",
    "kill-after-member-add",
    "kill-before-new-certificate",
    "push-fails",
    "pdb-blocks-drain",
    "deprecated-apis-used",
    "node-stays-ready",
)


@cache
def plan() -> dict[str, Any]:
    found: dict[str, Any] = files.read_json(f"{paths.LAB}/host.json", {}).get("snap") or {}
    return found


def is_shown() -> bool:
    """Whether the lab was given a snap at all."""
    return bool(plan())


def has(part: str) -> bool:
    return bool(plan()) and plan()["parts"].get(part) == ""


def has_command(verb: str) -> bool:
    return bool(plan()) and plan()["commands"].get(verb) == ""
