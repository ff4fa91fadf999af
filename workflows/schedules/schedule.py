"""A schedule: which change is asked for at which times, and what became of its last slot; pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from workflows.hours import zone_of
from workflows.plan import Change
from workflows.schedules.cron import Cron, Once, Times

USUAL_LATE_SECONDS = 3600
"""How old a slot may be that nobody was there for."""
MOST_LATE_SECONDS = 12 * 3600
"""Below the time for which the ledger knows a request by its name."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """One change at set times, as somebody has asked for it."""

    name: str
    change: Change
    times: Times
    late_by: int = USUAL_LATE_SECONDS
    """Seconds: an older slot is missed, and not run."""
    enabled: bool = True

    def as_dict(self) -> dict[str, Any]:
        change = self.change
        times = self.times
        return {
            "name": self.name,
            "cluster": change.cluster,
            "change": {
                "kind": change.kind,
                "params": dict(change.params),
                "accept": sorted(change.accept),
                "on_failure": change.on_failure,
                "reason": change.reason,
                "approve_within": change.approve_within,
            },
            "cron": times.expression if isinstance(times, Cron) else None,
            "timezone": times.zone.key if isinstance(times, Cron) else "UTC",
            "at": times.at.astimezone(UTC).isoformat() if isinstance(times, Once) else None,
            "late_by": self.late_by,
            "enabled": self.enabled,
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Schedule":
        asked = row["change"]
        change = Change(
            row["cluster"],
            asked["kind"],
            asked["params"],
            frozenset(asked["accept"]),
            on_failure=asked["on_failure"],
            reason=asked["reason"],
            approve_within=asked["approve_within"],
        )
        return cls(row["name"], change, _times(row), row["late_by"], row["enabled"])


def _times(row: Mapping[str, Any]) -> Times:
    if row["at"]:
        return Once(datetime.fromisoformat(row["at"]))
    zone = zone_of(row["timezone"])
    if zone is None:
        raise ValueError(f"cannot read schedule {row['name']}: no time zone {row['timezone']}")
    return Cron(row["cron"], zone)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a slot."""

    slot: float
    """When it was, in seconds since 1970."""
    word: str
    """``made`` a job, ``joined`` one that does the same already, ``refused``, or ``missed``."""
    job: str = ""
    because: str = ""
    """In a sentence, why there is no job."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Kept:
    """A schedule as it is stored, with what became of it."""

    schedule: Schedule
    revision: int
    """Counts how often it was written, from 1."""
    by: str
    """The id of the token that it was written with."""
    since: float
    """Slots up to this moment are done with, in seconds since 1970."""
    next: float | None = None
    """When the next slot is; ``None`` while it is paused, or where none follows."""
    last: Outcome | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many slots came to each word of an outcome."""
    maker: str = ""
    """The person who has written its change, whichever token they use; empty if that is unknown."""
