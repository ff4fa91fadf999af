"""Hours of the week in which a rule is awake; pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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

    def __str__(self) -> str:
        days = ", ".join(day for day in DAYS if day in self.days)
        return f"{days} from {self.begin:%H:%M} to {self.end:%H:%M} {self.zone.key}"


def zone_of(name: str) -> ZoneInfo | None:
    """Return the time zone of that name, or nothing if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is no zone
        return None
