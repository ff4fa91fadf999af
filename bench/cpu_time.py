"""How much of the processors' time a process and everything below it has used."""

import os
from pathlib import Path

from bench.process_memory import children_of

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, its living descendants and those it has reaped."""
    return sum(_ticks(each) for each in _tree(pid)) / TICKS


def _tree(pid: int) -> list[int]:
    found = [pid]
    try:
        for child in children_of(pid):
            found += _tree(child)
    except (FileNotFoundError, ProcessLookupError):  # it has ended; its parent counts its time
        return found
    return found


def _ticks(pid: int) -> int:
    """Add up own and reaped children's time, in user and in kernel mode."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(map(int, fields[11:15]))
