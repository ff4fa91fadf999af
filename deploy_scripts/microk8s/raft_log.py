"""How far the datastore's log of a stopped control plane node goes, as the host itself reads it."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pyinfra.api import FactBase

from cluster.raft_logs import RaftLog
from deploy_scripts.fleet.shell import root_script
from deploy_scripts.microk8s.facts import BACKEND

SECONDS = 120
PROGRAM = Path(__file__).with_name("raft_log_program.py")
_LOG = re.compile(r"log ([0-9]{1,19}) ([0-9]{1,19}) ([0-9a-f]{64})", re.ASCII)
_ID = re.compile(r"ID: ([0-9]{1,20})", re.ASCII)
_ADDRESS = re.compile(r"Address: ([0-9.]{7,15}:[0-9]{1,5})", re.ASCII)
_MOST_LINES, _SHOWN = 20, 60


READER = """
if python3 -I -S -c 'import sys; sys.exit(sys.version_info < (3, 7))' 2>/dev/null; then echo yes
else echo no; fi
"""


class CanReadRaftLog(FactBase[bool]):
    """Whether the host has a Python that can read its log."""

    def command(self) -> str:
        return root_script(READER, timeout=30, shows="python3 --version")

    def process(self, output: Any) -> bool:
        lines = [line.strip() for line in list(output)[:_MOST_LINES]]
        if lines not in (["yes"], ["no"]):
            raise ValueError(
                f"{' '.join(lines)[:_SHOWN]!r} does not tell whether there is a Python"
            )
        return lines == ["yes"]


class RaftLogEnd(FactBase[RaftLog]):
    """The end of the log, and the member's own id and address."""

    def command(self) -> str:
        program = shlex.join(["python3", "-I", "-S", "-c", PROGRAM.read_text(), BACKEND])
        return root_script(
            f"{program}\ngrep -E '^(ID|Address):' {BACKEND}/info.yaml",
            timeout=SECONDS,
            shows=f"ls -l {BACKEND}",
        )

    def process(self, output: Any) -> RaftLog:
        return parse_log(list(output))


def parse_log(lines: Sequence[str]) -> RaftLog:
    """Read the three lines. Raises ``ValueError`` for what no honest host prints."""
    rows = [line.strip() for line in lines[:_MOST_LINES]]
    log, own, address = (
        [found for row in rows if (found := pattern.fullmatch(row))]
        for pattern in (_LOG, _ID, _ADDRESS)
    )
    if [len(log), len(own), len(address)] != [1, 1, 1] or len(lines) > _MOST_LINES:
        raise ValueError(f"{' '.join(lines)[:_SHOWN]!r} does not tell one log and one member")
    return RaftLog(int(log[0][1]), int(log[0][2]), int(own[0][1]), address[0][1], log[0][3])
