"""What a drill has shown: the log of its probes, the moments T0 to T5, and the verdict; pure.

All times are seconds since T0, the moment at which the node was told to stop.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

LONGEST_INTERRUPTION = 30.0
"""Seconds for which one control plane node may answer no probe in a drill that is passed."""
LONGEST_RETURN = 300.0
"""Seconds within which the node has to be Ready again, from the moment at which it is started."""
PAUSE_SECONDS = 5.0
"""From a probe to the next, at most, where both are told as one row of the log."""
STOP, KILL = WAYS = ("stop", "kill")
"""How a node is lost: its services stop in order, or kubelite and the datastore are killed."""
LEAST_SECONDS, MOST_SECONDS = 5, 1800
"""How long a node may be away on purpose."""
HEAL_SECONDS = 120
"""The host starts MicroK8s by itself so long after the time for which the node was to be away."""
MOMENTS = {
    "stopped": "T0 the node is told to stop, or its services are killed",
    "not_ready": "T1 Kubernetes calls it not Ready",
    "evicted": "T2 the first of its pods is taken off it",
    "replaced": "T3 the first pod is Ready in place of one of its",
    "all_replaced": "T4 as many pods are Ready elsewhere as before in all",
    "ready": "T5 the node is Ready again",
}
"""Each moment that a drill looks for, in words."""


@dataclass(frozen=True, slots=True)
class Placed:
    """How many pods that may move are where: on the node of the drill, and Ready elsewhere."""

    on_node: int
    elsewhere: int


@dataclass(frozen=True, slots=True)
class Probed:
    """Consecutive probes of which all found the same nodes silent."""

    begins: float
    ends: float
    probes: int
    silent: tuple[str, ...]
    """The control plane nodes whose API took no write."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"silent": list(self.silent)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Probed":
        return cls(row["begins"], row["ends"], row["probes"], tuple(row["silent"]))


def joined(rows: Iterable[Probed]) -> tuple[Probed, ...]:
    """Return a log in which neighbours that found the same are one row.

    Those with a longer pause between them stay apart, so that it can be seen.
    """
    found: list[Probed] = []
    for row in rows:
        is_next = bool(found) and row.begins - found[-1].ends <= PAUSE_SECONDS
        if is_next and found[-1].silent == row.silent:
            last = found.pop()
            row = Probed(last.begins, row.ends, last.probes + row.probes, row.silent)
        found.append(row)
    return tuple(found)


def blind(log: Sequence[Probed]) -> float:
    """Return the longest time since T0 in which nobody was asked, as nobody was there to ask."""
    ends = [0.0, *(row.ends for row in log)]
    return max((row.begins - end for row, end in zip(log, ends, strict=False)), default=0.0)


def interruption(log: Sequence[Probed], host: str) -> float:
    """Return the longest time from a failed probe of ``host`` to its next good one, or the end."""
    longest, since = 0.0, None
    for row in log:
        if host in row.silent:
            since = row.begins if since is None else since
            longest = max(longest, row.ends - since)
        elif since is not None:
            longest, since = max(longest, row.begins - since), None
    return longest


def reached(was: Placed, now: Placed, *, is_ready: bool) -> tuple[str, ...]:
    """Return which of T1 to T4 a sight shows, by the pods as they were and are.

    Where no pod stood on the node there is none to be taken off it, or to be replaced.
    """
    found = [] if is_ready else ["not_ready"]
    if was.on_node and now.on_node < was.on_node:
        found.append("evicted")
    if was.on_node and now.elsewhere > was.elsewhere:
        found.append("replaced")
    if was.on_node and now.elsewhere >= was.elsewhere + was.on_node:
        found.append("all_replaced")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that a drill that is passed shows."""

    name: str
    is_met: bool
    says: str


def judged(
    log: Sequence[Probed],
    observers: Iterable[str],
    *,
    back_seconds: float,
    written: int,
    kept: int,
    voters: tuple[int, int],
) -> tuple[Criterion, ...]:
    """Return the verdict, criterion by criterion.

    ``written`` numbers the last write that was answered, and ``kept`` the one that is there;
    ``voters`` are how many were alive before and are after the drill.
    """
    worst = max(((interruption(log, host), host) for host in observers), default=(0.0, ""))
    away = f"the longest silence was {worst[0]:.1f} s" + (f" ({worst[1]})" if worst[0] else "")
    away += f", and {blind(log):.1f} s the longest time in which nobody was asked"
    return (
        Criterion(
            "interruption",
            bool(log) and max(worst[0], blind(log)) <= LONGEST_INTERRUPTION,
            f"{away}; {LONGEST_INTERRUPTION:g} s at most are right",
        ),
        Criterion(
            "return",
            back_seconds < LONGEST_RETURN,
            f"the node was Ready {back_seconds:.1f} s after its start; below {LONGEST_RETURN:g} s "
            "is right",
        ),
        Criterion(
            "data",
            written > 0 and kept >= written,
            "no write was answered"
            if not written
            else f"write {written} was the last that was answered, and write {kept} is there",
        ),
        Criterion(
            "voters",
            voters[1] >= voters[0],
            f"{voters[1]} voters are alive, and {voters[0]} were before",
        ),
    )
