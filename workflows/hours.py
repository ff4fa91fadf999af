"""Hours of the week, as the clocks of one place show them: when they begin and end; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOKED_DAYS = 9
"""Hours come again every week; what a change of the clocks moves is within a day of it."""


@dataclass(frozen=True, slots=True)
class Hours:
    """From one time of day to another, on some days, as the clocks of one place show it."""

    days: frozenset[str]
    """Those on which it begins; where it lasts over midnight, it ends on the next."""
    begin: time
    end: time
    """The first moment that is not in it any more."""
    zone: ZoneInfo

    def contains(self, at: datetime) -> bool:
        """Whether a moment, with its time zone, is in them."""
        there = at.astimezone(self.zone)
        today, clock = DAYS[there.weekday()], there.time()
        yesterday = DAYS[(there - timedelta(days=1)).weekday()]
        if self.begin < self.end:
            return today in self.days and self.begin <= clock < self.end
        began_today = today in self.days and clock >= self.begin
        return began_today or (yesterday in self.days and clock < self.end)

    def next_change(self, at: datetime) -> datetime | None:
        """Return when they begin or end next, in UTC, whichever it is not now.

        Nothing where they never do, such as hours that are the whole week.
        """
        now = self.contains(at)
        return next((edge for edge in _edges(self, at) if self.contains(edge) is not now), None)

    def __str__(self) -> str:
        days = ", ".join(day for day in DAYS if day in self.days)
        return f"{days} from {self.begin:%H:%M} to {self.end:%H:%M} {self.zone.key}"


def _edges(hours: Hours, at: datetime) -> list[datetime]:
    """Return every moment soon after another at which hours may begin or end.

    Where clocks are put back, a time of day comes twice; where they are put forward, it does not
    come at all, and the hours change with the clocks.
    """
    today = at.astimezone(hours.zone).date()
    found = set(_shifts(hours.zone, at))
    for day in range(-1, LOOKED_DAYS):
        for clock in (hours.begin, hours.end, time(0)):
            there = datetime.combine(today + timedelta(days=day), clock, hours.zone)
            found |= {there.replace(fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(edge for edge in found if edge > at)


def _shifts(zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
    """Yield when the clocks of a place are put forward or back soon, to the second."""
    start = at.astimezone(UTC).replace(microsecond=0) - timedelta(days=1)
    for day in range(LOOKED_DAYS + 1):
        before, after = start + timedelta(days=day), start + timedelta(days=day + 1)
        if _offset(zone, before) == _offset(zone, after):
            continue
        was = _offset(zone, before)
        while after - before > timedelta(seconds=1):
            middle = (before + (after - before) / 2).replace(microsecond=0)
            before, after = (middle, after) if _offset(zone, middle) == was else (before, middle)
        yield after


def _offset(zone: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


def zone_of(name: str) -> ZoneInfo | None:
    """Return the time zone of that name, or nothing if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is no zone
        return None
