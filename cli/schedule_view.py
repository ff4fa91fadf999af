"""A schedule, a window and a freeze as the command line tells of them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from cli.output import duration
from cli.token_view import ENVIRONMENTS, minute

Row = Mapping[str, Any]


def summary(row: Row) -> tuple[str, ...]:
    """Return a schedule as a row of a table."""
    return (
        row["name"],
        row["cluster"],
        row["change"]["kind"],
        when(row),
        minute(row["next_time"]) if row["enabled"] else "paused",
        _last(row["last"]),
    )


def when(row: Row) -> str:
    """Return the times of a schedule."""
    if row["cron"] is None:
        return f"once, {minute(row['at'])}"
    return f"{row['cron']} {row['timezone']}"


def schedule_lines(row: Row) -> Iterator[str]:
    """Yield a line for each fact of a schedule."""
    change, counts = row["change"], row["counts"]
    facts = {
        "name": row["name"],
        "asks for": f"{change['kind']} of {row['cluster']}",
        "params": json.dumps(change["params"], ensure_ascii=False) if change["params"] else "-",
        "reason": change["reason"] or "-",
        "approval": f"within {change['approve_within']} h" if change["approve_within"] else "none",
        "when": when(row),
        "late by": duration(row["late_by"]),
        "state": "on" if row["enabled"] else "paused",
        "last slot": _last(row["last"]),
        "slots": ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "none",
        "written by": row["by"] or "-",
    }
    for key, value in facts.items():
        yield f"{key + ':':<12}{value}"
    if row["last"] and row["last"]["because"]:
        yield f"  {row['last']['because']}"


def _last(last: Row | None) -> str:
    if last is None:
        return "-"
    job = f" job {last['job'][:8]}" if last["job"] else ""
    return f"{last['word']}{job}, {minute(last['slot_time'])}"


def reach_of(row: Row) -> str:
    """Return the clusters that a window or a freeze is for."""
    named = "all clusters" if row["clusters"] == "*" else row["clusters"]
    every = set(row["environments"]) == set(ENVIRONMENTS)
    return named if every else f"{named} in {', '.join(row['environments'])}"


def window_line(row: Row) -> str:
    """Return a window in one line."""
    state = "open now" if row["open"] else "closed now"
    change = row["changes_time"]
    until = f"until {minute(change)}" if change else "always"
    return (
        f"window {row['name']}: {', '.join(row['days'])} from {row['begin']} to {row['end']} "
        f"{row['timezone']}, for {reach_of(row)}; {state}, {until}"
    )


def freeze_line(row: Row) -> str:
    """Return a freeze in one line."""
    state = "in force now" if row["in_force"] else "not in force now"
    why = f": {row['reason']}" if row["reason"] else ""
    return (
        f"freeze {row['name']}: from {minute(row['begin_time'])} until "
        f"{minute(row['until_time'])}, for {reach_of(row)}; {state}{why}"
    )
