"""Maintenance windows and freezes: list, put and take away; jobs wait for them."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from flask import Response, url_for

from api.access.acts import note
from api.backend import backend
from api.description.calendar_documents import (
    FreezeListSchema,
    FreezeRequestSchema,
    FreezeSchema,
    WindowListSchema,
    WindowRequestSchema,
    WindowSchema,
    reach_of,
)
from api.hosts import checked_name
from api.http.blueprint import Blueprint, invalid
from api.http.documents import document
from api.http.problems import Problem
from workflows.access import Permission
from workflows.hours import Hours, zone_of
from workflows.moments import rfc3339
from workflows.windows.calendar import Freeze, Window
from workflows.windows.openings import redis_now
from workflows.windows.store import TooMany

WINDOW = {
    "clusters": "prod-*",
    "days": ["tue", "thu"],
    "begin": "22:00",
    "end": "02:00",
    "timezone": "Europe/Berlin",
}
FREEZE = {
    "environments": ["prod"],
    "begin": "2026-12-20T00:00:00Z",
    "until": "2027-01-04T06:00:00Z",
    "reason": "nobody is there",
    "kinds_except": ["maintain"],
}

bp = Blueprint(
    "calendar", __name__, url_prefix="/v1", description="When jobs may begin, and when not"
)


def _window(window: Window, now: datetime) -> dict[str, Any]:
    row = window.as_dict()
    change = window.hours.next_change(now)
    return {
        **{name: row[name] for name in ("name", "clusters", "environments", "days", "timezone")},
        "begin": row["from"],
        "end": row["to"],
        "open": window.hours.contains(now),
        "changes_time": rfc3339(change.timestamp()) if change else None,
        "links": {"self": url_for("calendar.put_window", name=window.name)},
    }


def _freeze(freeze: Freeze, now: datetime) -> dict[str, Any]:
    row = freeze.as_dict()
    return {
        **{name: row[name] for name in ("name", "clusters", "environments", "kinds_except")},
        "begin_time": rfc3339(freeze.begin.timestamp()),
        "until_time": rfc3339(freeze.end.timestamp()),
        "reason": freeze.reason,
        "in_force": freeze.contains(now),
        "links": {"self": url_for("calendar.put_freeze", name=freeze.name)},
    }


def _known(entries: Sequence[Window | Freeze], name: str) -> dict[str, Any] | None:
    """Return what stands under a name now, for the audit log."""
    return next((each.as_dict() for each in entries if each.name == name), None)


@bp.get("/windows", needs=Permission.READ)
@bp.response(200, WindowListSchema, description="All windows, by name")
def list_windows() -> Response:
    """List the maintenance windows, and whether each is open now.

    A cluster that no window is for may be changed at any time; of several, one that is open is
    enough.
    """
    now = redis_now(backend().redis)
    windows = backend().calendar.load().windows
    return document({"windows": [_window(each, now) for each in windows]})


@bp.put("/windows/<name>", needs=Permission.ADMIN)
@bp.arguments(WindowRequestSchema, example=WINDOW)
@bp.response(200, WindowSchema, description="The window is in force")
def put_window(values: dict[str, Any], name: str) -> Response:
    """Put a maintenance window, in place of the one of that name.

    Jobs of its clusters that have not begun wait for it; those that wait are looked at anew.
    """
    zone = zone_of(values["timezone"])
    assert zone is not None, "the schema has refused it"  # noqa: S101
    hours = Hours(
        frozenset(values["days"]),
        time.fromisoformat(values["begin"]),
        time.fromisoformat(values["end"]),
        zone,
    )
    window = Window(checked_name(name, "name"), reach_of(values), hours)
    before = _known(backend().calendar.load().windows, window.name)
    try:
        backend().calendar.put_window(window)
    except TooMany as error:
        raise Problem("too-many-entries", str(error)) from None
    note(before=before, after=window.as_dict())
    return document(_window(window, redis_now(backend().redis)))


@bp.delete("/windows/<name>", needs=Permission.ADMIN)
@bp.response(204, description="There is no such window any more")
def remove_window(name: str) -> Response:
    """Take a maintenance window away; jobs that wait for it are looked at anew."""
    before = _known(backend().calendar.load().windows, name)
    backend().calendar.remove_window(name)
    note(before=before)
    return Response(status=204)


@bp.get("/freezes", needs=Permission.READ)
@bp.response(200, FreezeListSchema, description="All freezes, by name")
def list_freezes() -> Response:
    """List the freezes, those that are over too, and whether each is in force now."""
    now = redis_now(backend().redis)
    freezes = backend().calendar.load().freezes
    return document({"freezes": [_freeze(each, now) for each in freezes]})


@bp.put("/freezes/<name>", needs=Permission.ADMIN)
@bp.arguments(FreezeRequestSchema, example=FREEZE)
@bp.response(200, FreezeSchema, description="The freeze is stored")
def put_freeze(values: dict[str, Any], name: str) -> Response:
    """Put a freeze, in place of the one of that name: no job of its clusters begins in it.

    What has begun goes on, and may go back; `verify`, which changes nothing, is not kept back.
    """
    now = redis_now(backend().redis)
    begin = values.get("begin") or now.replace(microsecond=0)
    if values["until"] <= begin:
        said = "cannot freeze until a time that has passed: name one that is to come"
        raise invalid([{"pointer": "/until", "detail": said}])
    freeze = Freeze(
        checked_name(name, "name"),
        reach_of(values),
        begin,
        values["until"],
        values["reason"],
        frozenset(values["kinds_except"]),
    )
    before = _known(backend().calendar.load().freezes, freeze.name)
    try:
        backend().calendar.put_freeze(freeze)
    except TooMany as error:
        raise Problem("too-many-entries", str(error)) from None
    note(before=before, after=freeze.as_dict())
    return document(_freeze(freeze, now))


@bp.delete("/freezes/<name>", needs=Permission.ADMIN)
@bp.response(204, description="There is no such freeze any more")
def remove_freeze(name: str) -> Response:
    """Take a freeze away: jobs that wait for its end begin, unless something else keeps them."""
    before = _known(backend().calendar.load().freezes, name)
    backend().calendar.remove_freeze(name)
    note(before=before)
    return Response(status=204)
