"""When a change may begin, in the words of findings, and as the ledger keeps it with a job."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import redis

from cluster.actions import Action
from cluster.findings import Finding, warning
from cluster.spec import Environment
from workflows.kinds import kind_of
from workflows.plan import Change, Lock
from workflows.windows.calendar import (
    Calendar,
    Freeze,
    Opening,
    Window,
    opening,
)

NEVER = "never"
"""What the ledger keeps where no moment is known at which a job may begin."""
OVERRIDE = "to have it begin at once, accept {}, which needs the permission admin"


def redis_now(client: redis.Redis) -> datetime:
    """Return the time by Redis' clock, which jobs begin by."""
    answer: Any = client.time()
    seconds, microseconds = answer
    return datetime.fromtimestamp(seconds + microseconds / 1e6, UTC)


def calendar_for(
    client: redis.Redis,
    change: Change,
    environment: Environment | None,
    everything: Calendar,
) -> tuple[Calendar, Opening | None]:
    """Return the windows and freezes that a change is held against, and when it may begin.

    Nothing is said of when where nothing holds it back: nothing is for its cluster, it changes
    nothing, or what is for it is accepted. ``everything`` is the whole calendar.
    """
    if kind_of(change.kind).lock is Lock.NONE:
        return Calendar(everything.revision), None
    own = everything.of(change.cluster, environment, change.kind).without(change.accept)
    if not own.windows and not own.freezes:
        return own, None
    return own, opening(own, redis_now(client))


def opening_record(calendar: Calendar, found: Opening | None) -> dict[str, Any]:
    """Return when a job may begin, as the ledger keeps it."""
    if found is None:
        return {"calendar": calendar.revision, "opens": "", "closes": "", "held_by": ""}
    return {
        "calendar": calendar.revision,
        "opens": NEVER if found.opens is None else _milliseconds(found.opens),
        "closes": "" if found.closes is None else _milliseconds(found.closes),
        "held_by": in_words(found.held_by),
    }


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def findings(change: Change, found: Opening | None) -> Iterator[Finding]:
    """Yield what keeps a change back, each with the moment at which it may begin."""
    if found is None or found.is_now:
        return
    begins = "it never begins" if found.opens is None else f"it begins {_utc(found.opens)}"
    frozen = [each for each in found.held_by if isinstance(each, Freeze)]
    outside = [each for each in found.held_by if isinstance(each, Window)]
    if frozen:
        said = warning(
            "cluster-frozen",
            f"cluster {change.cluster} is frozen ({in_words(frozen)}): the job waits, and {begins}",
            OVERRIDE.format("cluster-frozen"),
            field="/cluster",
        )
        yield replace(said, actions=(Action.LIST_FREEZES.of(),))
    if outside:
        said = warning(
            "outside-window",
            f"cluster {change.cluster} is outside of its maintenance windows "
            f"({in_words(outside)}): the job waits, and {begins}",
            OVERRIDE.format("outside-window"),
            field="/cluster",
        )
        yield replace(said, actions=(Action.LIST_WINDOWS.of(),))


def in_words(holders: Iterable[Window | Freeze]) -> str:
    """Return what keeps a change back as part of a sentence."""
    return "; ".join(
        f"window {each.name}: {each.hours}"
        if isinstance(each, Window)
        else f"freeze {each.name} until {_utc(each.end)}"
        + (f": {each.reason}" if each.reason else "")
        for each in holders
    )


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
