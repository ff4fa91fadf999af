"""Maintenance windows and freezes, and when a change may begin by them; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from fnmatch import fnmatchcase
from typing import Any

from cluster.spec import Environment
from workflows.hours import DAYS, Hours, zone_of

OUTSIDE_WINDOW, CLUSTER_FROZEN = "outside-window", "cluster-frozen"
OVERRIDES = frozenset({OUTSIDE_WINDOW, CLUSTER_FROZEN})
"""Codes of findings; who accepts one has a change begin all the same, and needs to be an admin."""
MOST_LOOKED_AT = 1000
"""Windows and freezes in turn, after which a change is told to wait without an end."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The clusters that a window or a freeze is for."""

    clusters: str = "*"
    """A pattern of names, as shells have them."""
    environments: frozenset[Environment] = frozenset(Environment)

    def covers(self, cluster: str, environment: Environment | None) -> bool:
        """Whether it is for this cluster; of one that is not there yet its name decides."""
        fits = environment is None or environment in self.environments
        return fits and fnmatchcase(cluster, self.clusters)

    def as_dict(self) -> dict[str, Any]:
        environments = [str(each) for each in Environment if each in self.environments]
        return {"clusters": self.clusters, "environments": environments}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Reach":
        return cls(row["clusters"], frozenset(map(Environment, row["environments"])))


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the week in which jobs of some clusters may begin."""

    name: str
    reach: Reach
    hours: Hours

    def as_dict(self) -> dict[str, Any]:
        hours = self.hours
        return {
            "name": self.name,
            **self.reach.as_dict(),
            "days": [day for day in DAYS if day in hours.days],
            "from": f"{hours.begin:%H:%M}",
            "to": f"{hours.end:%H:%M}",
            "timezone": hours.zone.key,
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Window":
        zone = zone_of(row["timezone"])
        if zone is None:
            raise ValueError(f"cannot read window {row['name']}: no time zone {row['timezone']}")
        begin, end = time.fromisoformat(row["from"]), time.fromisoformat(row["to"])
        return cls(
            row["name"], Reach.from_dict(row), Hours(frozenset(row["days"]), begin, end, zone)
        )


@dataclass(frozen=True, slots=True)
class Freeze:
    """A time in which no job of some clusters begins."""

    name: str
    reach: Reach
    begin: datetime
    end: datetime
    """The first moment that is not in it any more."""
    reason: str = ""
    kinds_except: frozenset[str] = frozenset()
    """Kinds of change that it does not keep back."""

    def contains(self, at: datetime) -> bool:
        return self.begin <= at < self.end

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            **self.reach.as_dict(),
            "from": self.begin.astimezone(UTC).isoformat(),
            "until": self.end.astimezone(UTC).isoformat(),
            "reason": self.reason,
            "kinds_except": sorted(self.kinds_except),
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Freeze":
        return cls(
            row["name"],
            Reach.from_dict(row),
            datetime.fromisoformat(row["from"]),
            datetime.fromisoformat(row["until"]),
            row["reason"],
            frozenset(row["kinds_except"]),
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """All windows and freezes, at one revision."""

    revision: int = 0
    windows: tuple[Window, ...] = ()
    freezes: tuple[Freeze, ...] = ()

    def of(self, cluster: str, environment: Environment | None, kind: str = "") -> "Calendar":
        """Return those of one cluster, and of one kind of change where one is named."""
        return Calendar(
            self.revision,
            tuple(each for each in self.windows if each.reach.covers(cluster, environment)),
            tuple(
                each
                for each in self.freezes
                if each.reach.covers(cluster, environment) and kind not in each.kinds_except
            ),
        )

    def without(self, accepted: frozenset[str]) -> "Calendar":
        """Return what still holds a change back whose request accepts these findings."""
        return Calendar(
            self.revision,
            () if OUTSIDE_WINDOW in accepted else self.windows,
            () if CLUSTER_FROZEN in accepted else self.freezes,
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """When a change may begin: from one moment on, until another."""

    opens: datetime | None
    """The moment itself where it may begin at once; nothing where it never may."""
    closes: datetime | None = None
    """The first moment after it at which that is to be asked anew; nothing where it always may."""
    held_by: tuple[Window | Freeze, ...] = field(default=())
    """What keeps it back at first; none where it may begin at once."""

    @property
    def is_now(self) -> bool:
        return not self.held_by


def opening(calendar: Calendar, now: datetime) -> Opening:
    """Return when a change may begin by the windows and freezes of its cluster."""
    at, held_by = now, tuple(_holders(calendar, now))
    for _ in range(MOST_LOOKED_AT):
        if not tuple(_holders(calendar, at)):
            return Opening(at, _closes(calendar, at), held_by)
        after = _later(calendar, at)
        if after is None:
            break
        at = after
    return Opening(None, None, held_by)


def _holders(calendar: Calendar, at: datetime) -> Iterator[Window | Freeze]:
    yield from (freeze for freeze in calendar.freezes if freeze.contains(at))
    if not any(window.hours.contains(at) for window in calendar.windows):
        yield from calendar.windows


def _later(calendar: Calendar, at: datetime) -> datetime | None:
    """Return the next moment at which what keeps a change back ends, as far as can be told."""
    ends = [freeze.end for freeze in calendar.freezes if freeze.contains(at)]
    if ends:
        return max(ends)
    begins = (window.hours.next_change(at) for window in calendar.windows)
    return min((begin for begin in begins if begin), default=None)


def _closes(calendar: Calendar, at: datetime) -> datetime | None:
    """Return when a window ends in which a moment lies, or a freeze begins, whichever is first."""
    open_now = [window for window in calendar.windows if window.hours.contains(at)]
    ends = [window.hours.next_change(at) for window in open_now]
    # Of several that overlap, the last to end counts; one that never ends leaves no end.
    known = [end for end in ends if end]
    last = [max(known)] if known and len(known) == len(ends) else []
    begins = [freeze.begin for freeze in calendar.freezes if freeze.begin > at]
    return min([*last, *begins], default=None)
