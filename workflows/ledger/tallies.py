"""What is counted for operators: the bounds and words of the counts that ``tallies.lua`` keeps.

The counts stand in one hash beside the jobs, so every process tells the same, and reading them
costs the same whether there were ten jobs or a million.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from workflows.states import FINISHED, JobStatus

TALLIES = "cw:tallies"
BOUNDS_MS = (
    *(10, 50, 100, 250, 500, 1_000, 2_500, 5_000),
    *(10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000),
)
"""How long an attempt at a step may take to fall into each bucket, in milliseconds."""
UNFINISHED = tuple(status for status in JobStatus if status not in FINISHED)
HOST_ERRORS = frozenset(
    {
        *("unreachable", "timeout", "command-failed", "snap-store"),
        *("authentication-failed", "further-factors", "forwarding-forbidden"),
        *("host-key-changed", "host-key-type-missing", "no-common-algorithm"),
    }
)
"""The codes of a failed host that are told apart; every other one is a finding's."""

RECONCILED = ("unclaimed", "lease-expired", "retry-due", "no-steps-left")
"""Why the reconciler has to do something about a job."""
SET_ASIDE_REASONS = ("no-record", "broken-record")
"""Why it can do nothing about an id, which is set aside so that the others go on."""


def since_key(status: JobStatus) -> str:
    """Return where the jobs of a status stand, by the moment at which they entered it."""
    return f"cw:since:{status}"


def script() -> str:
    """Return the part of the ledger's script that counts."""
    text = files("workflows.ledger").joinpath("tallies.lua").read_text()
    # Tables of Lua's own: decoding JSON in each of the script's runs took a third of its time.
    text = text.replace("@BUCKETS@", "{" + ",".join(map(str, BOUNDS_MS)) + "}")
    rows = ",".join(f'["{status}"]=true' for status in UNFINISHED)
    return text.replace("@UNFINISHED@", "{" + rows + "}")


def error_kind(error: Mapping[str, Any]) -> str:
    """Return which kind of error a step's error document tells of: one of a few words."""
    codes = [failure.get("code") for failure in error.get("failures") or ()]
    if codes and codes[0] in HOST_ERRORS:
        return str(codes[0])
    if codes or error.get("findings"):
        return "findings"
    if error.get("defect"):
        return "defect"
    return "transient" if error.get("transient") else "permanent"
