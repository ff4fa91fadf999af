"""How far the datastore's log of each node goes, and whose goes furthest; pure.

Raft's own rule: the later term of the last entry wins, and of equal terms the higher number. What a
majority has acknowledged is in the log that wins among all, if any survivor has it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RaftLog:
    """The end of one node's log, and who the node is to the datastore."""

    term: int
    """Of the last entry."""
    index: int
    """The number of the last entry."""
    id: int
    """Of the member; beyond what a floating-point number holds."""
    address: str
    """Address and port of the member."""
    digest: str
    """The SHA-256 of the files of the log: equal for equal logs."""

    def as_dict(self) -> dict[str, Any]:
        """Return it in JSON's types; the id as text, since some readers round numbers."""
        return {
            "term": self.term,
            "index": self.index,
            "id": str(self.id),
            "address": self.address,
            "digest": self.digest,
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "RaftLog":
        """Raises ``KeyError`` or ``ValueError`` for what is no such row."""
        return cls(
            int(row["term"]), int(row["index"]), int(row["id"]), row["address"], row["digest"]
        )


def ranked(logs: Mapping[str, RaftLog]) -> tuple[str, ...]:
    """Return the hosts, the freshest log first; of equal ones the first by name."""
    return tuple(sorted(logs, key=lambda host: (-logs[host].term, -logs[host].index, host)))


def evidence(logs: Mapping[str, RaftLog]) -> str:
    """Say in one sentence how far each log goes, and whose is taken."""
    order = ranked(logs)
    parts = [f"{host}: up to entry {logs[host].index} of term {logs[host].term}" for host in order]
    return f"{', '.join(parts)}; {order[0]} is taken"
