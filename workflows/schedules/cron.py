"""When a schedule is due: cron expressions of one place's clocks, or one time; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

MOST_COUNTED = 1000
"""Missed slots that are counted; more are told as that many."""
FIELDS = 5
"""Minute, hour, day of the month, month, day of the week: seconds would only be taken amiss."""


class BadExpression(ValueError):
    """A cron expression makes no sense."""


@dataclass(frozen=True, slots=True)
class Cron:
    """Slots that come again and again, as the clocks of one place show them.

    A time of day that does not come, since clocks are put forward, is taken as the first moment
    after it; one that comes twice is taken once, the first time. Expressions for every hour or
    minute take both. That is how cron of Debian does it.
    """

    expression: str
    zone: ZoneInfo

    def after(self, at: datetime) -> datetime | None:
        """Return the first slot after a moment, in UTC; nothing where there is none."""
        try:
            found: datetime = next(CronSim(self.expression, at.astimezone(self.zone)))
        except StopIteration:
            return None
        return found.astimezone(UTC)

    def back_from(self, at: datetime) -> Iterator[datetime]:
        """Yield the slots up to a moment, the latest first."""
        here = at.astimezone(self.zone)
        upto = self.after(datetime.fromtimestamp(at.timestamp() - 1, UTC)) == at
        if upto:
            yield at.astimezone(UTC)
        for slot in CronSim(self.expression, here, reverse=True):
            found = slot.astimezone(UTC)
            if found < at:
                yield found


@dataclass(frozen=True, slots=True)
class Once:
    """One slot."""

    at: datetime

    def after(self, at: datetime) -> datetime | None:
        """Return the slot where it is after a moment."""
        return self.at if self.at > at else None

    def back_from(self, at: datetime) -> Iterator[datetime]:
        """Yield the slot where it is not after a moment."""
        if self.at <= at:
            yield self.at


Times = Cron | Once


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done for a schedule at a moment."""

    slot: datetime | None
    """The slot that is to run now; nothing where none is due, or all are too old."""
    missed: int
    """Slots that are given up: older than the latest, or too late."""
    last: datetime
    """The latest slot that is done with then, or the moment of before."""
    next: datetime | None
    """When to look again; nothing where no slot follows."""


def cron(expression: str, zone: ZoneInfo) -> Cron:
    """Return the slots of an expression. Raises ``BadExpression``."""
    parts = expression.split()
    if len(parts) != FIELDS:
        raise BadExpression(
            f"cannot use {expression[:80]!r}: a cron expression has 5 fields (minute, hour, day of "
            "the month, month, day of the week), such as '30 2 * * tue'"
        )
    try:
        found = Cron(" ".join(parts), zone)
        CronSim(found.expression, datetime(2026, 1, 1, tzinfo=UTC))
    except CronSimError as error:
        raise BadExpression(
            f"cannot use {expression[:80]!r}: {str(error).lower()}; write it such as '30 2 * * tue'"
        ) from None
    return found


def due_slot(times: Times, last: datetime, now: datetime, late_by: float) -> Due:
    """Return what is due of slots after ``last``, up to ``now``.

    Of those that were missed, the latest is taken if it is not more than ``late_by`` seconds old.
    """
    slots: list[datetime] = []
    for slot in takewhile(lambda each: each > last, times.back_from(now)):
        slots.append(slot)
        if len(slots) > MOST_COUNTED:
            break
    following = times.after(now)
    if not slots:
        return Due(None, 0, last, following)
    latest = slots[0]
    is_late = (now - latest).total_seconds() > late_by
    missed = len(slots) if is_late else len(slots) - 1
    return Due(None if is_late else latest, min(missed, MOST_COUNTED), latest, following)
