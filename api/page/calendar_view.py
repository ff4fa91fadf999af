"""What is to come of a cluster, as the page tells it: schedules, windows and freezes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from api.backend import backend
from cluster.spec import Cluster
from workflows.hours import Hours
from workflows.schedules.cron import Cron
from workflows.schedules.schedule import Kept
from workflows.windows.calendar import Freeze, Window
from workflows.windows.openings import redis_now

NEXT_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Coming:
    """One line of what is to come."""

    what: str
    """``schedule``, ``window`` or ``freeze``."""
    name: str
    says: str
    when: str
    tone: str = "idle"
    word: str = ""


def coming_of(cluster: Cluster) -> list[Coming]:
    """Return the schedules of a cluster, and the windows and freezes that are for it."""
    now = redis_now(backend().redis)
    calendar = backend().calendar.load().of(cluster.name, cluster.environment)
    schedules = [
        kept for kept in backend().schedules.all() if kept.schedule.change.cluster == cluster.name
    ]
    return [
        *(_freeze(freeze, now) for freeze in calendar.freezes if freeze.end > now),
        *(_window(window, now) for window in calendar.windows),
        *map(_schedule, schedules),
    ]


def next_runs() -> Sequence[tuple[Kept, str]]:
    """Return the schedules that are due next, of all clusters, each with when."""
    return [(kept, minute(kept.next)) for kept in backend().schedules.soonest(NEXT_SHOWN)]


def minute(at: float | None) -> str:
    """Return a moment to the minute, in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC" if at else "never"


def _freeze(freeze: Freeze, now: datetime) -> Coming:
    is_now = freeze.contains(now)
    when = f"{minute(freeze.begin.timestamp())} until {minute(freeze.end.timestamp())}"
    return Coming(
        "freeze",
        freeze.name,
        freeze.reason or "no job begins",
        when,
        "warn" if is_now else "idle",
        "in force" if is_now else "to come",
    )


def _window(window: Window, now: datetime) -> Coming:
    is_open = window.hours.contains(now)
    return Coming(
        "window",
        window.name,
        "jobs may begin",
        _hours(window.hours, now),
        "good" if is_open else "idle",
        "open" if is_open else "closed",
    )


def _hours(hours: Hours, now: datetime) -> str:
    change = hours.next_change(now)
    if change is None:
        return str(hours)
    word = "closes" if hours.contains(now) else "opens"
    return f"{hours}; {word} {minute(change.timestamp())}"


def _schedule(kept: Kept) -> Coming:
    schedule, last = kept.schedule, kept.last
    times = schedule.times
    when = f"{times.expression} {times.zone.key}" if isinstance(times, Cron) else "once"
    following = f"next {minute(kept.next)}" if kept.next else "no slot follows"
    word = last.word if last else "no slot yet"
    tone = "warn" if last and last.word in {"refused", "missed"} else "idle"
    return Coming(
        "schedule",
        schedule.name,
        schedule.change.kind,
        f"{when}; {following if schedule.enabled else 'paused'}",
        tone,
        word,
    )
