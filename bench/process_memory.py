"""What processes hold of the machine's memory: resident, and their proportional share of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of one process, or of several together."""

    rss: int
    """Pages in memory; shared ones count in every process that shares them."""
    pss: int
    """Pages in memory; shared ones are divided by the processes that share them."""

    @property
    def pss_mib(self) -> float:
        return self.pss / MIB

    @property
    def rss_mib(self) -> float:
        return self.rss / MIB


def memory_of(pids: Iterable[int]) -> Memory:
    """Return the memory of these processes together."""
    found = [_rollup(pid) for pid in pids]
    return Memory(sum(row["Rss"] for row in found), sum(row["Pss"] for row in found))


def children_of(pid: int) -> tuple[int, ...]:
    """Return the processes that a process has started and that still live."""
    found: list[int] = []
    for thread in (PROC / str(pid) / "task").iterdir():
        found += map(int, (thread / "children").read_text().split())
    return tuple(sorted(filter(_lives, found)))


def _lives(pid: int) -> bool:
    """Tell whether a process still has memory: one that has ended keeps only its number."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _rollup(pid: int) -> dict[str, int]:
    rows = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    fields = (row.split() for row in rows)
    return {words[0].rstrip(":"): int(words[1]) * 1024 for words in fields}
