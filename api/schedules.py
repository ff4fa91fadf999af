"""Schedules: list, put, pause, resume and take away changes at set times; run one now."""

from dataclasses import replace
from typing import Any

from flask import Response, g, request, url_for

from api.access.acts import note
from api.access.principal import principal
from api.backend import backend
from api.changes import KEY, change_of
from api.description.job_answers import JobSchema
from api.description.schedule_documents import (
    ScheduleListSchema,
    ScheduleRequestSchema,
    ScheduleSchema,
)
from api.description.schemas import VerbSchema
from api.hosts import checked_name
from api.http.blueprint import Blueprint, invalid
from api.http.documents import ETAG, conditional, document, tag_of_text
from api.http.preconditions import condition
from api.http.problems import Problem
from api.http.request_keys import keys_of
from api.jobs import HEADERS, LOCATION, job_answer
from workflows.access import Permission
from workflows.kinds import permission_for
from workflows.moments import rfc3339
from workflows.permits import permit
from workflows.schedules.cron import Once
from workflows.schedules.schedule import Kept, Schedule
from workflows.schedules.store import ScheduleNotFound, not_found
from workflows.submit import submit
from workflows.windows.openings import redis_now

EXAMPLE = {
    "change": {"kind": "verify", "params": {}, "reason": "every morning"},
    "cron": "30 6 * * mon-fri",
    "timezone": "Europe/Berlin",
}
CONDITIONS = [
    condition("If-Match", "The `ETag` of the schedule that is to be replaced; others are 412"),
    condition("If-None-Match", "`*` adds one, and never replaces one"),
]

bp = Blueprint("schedules", __name__, url_prefix="/v1", description="Changes at set times")


def _etag_of(kept: Kept) -> str:
    named = f"{kept.schedule.name}\n{kept.revision}\n{kept.by}"
    return tag_of_text(named)


def schedule_body(kept: Kept) -> dict[str, Any]:
    """Return a schedule as it is told."""
    schedule, last = kept.schedule, kept.last
    row = schedule.as_dict()
    return {
        **row,
        "revision": kept.revision,
        "by": kept.by,
        "next_time": rfc3339(kept.next),
        "last": last
        and {
            "slot_time": rfc3339(last.slot),
            "word": last.word,
            "job": last.job or None,
            "because": last.because,
        },
        "counts": dict(kept.counts),
        "links": {
            "self": url_for("schedules.show_schedule", name=schedule.name),
            "cluster": url_for("clusters.show_cluster", name=schedule.change.cluster),
        },
    }


def _answer(kept: Kept) -> Response:
    response = document(schedule_body(kept))
    response.set_etag(_etag_of(kept))
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/schedules", needs=Permission.READ)
@bp.response(200, ScheduleListSchema, description="All schedules, by name")
def list_schedules() -> Response:
    """List the schedules, each with its next slot and what became of the last."""
    found = backend().schedules.all()
    return document({"schedules": [schedule_body(each) for each in found]})


@bp.get("/schedules/<name>", needs=Permission.READ)
@bp.response(200, ScheduleSchema, headers=ETAG, description="The schedule")
@bp.alt_response(304, description="Nobody has written it since")
def show_schedule(name: str) -> Response:
    """Show one schedule. Its `ETag` is of what is asked for, not of what became of it."""
    return conditional(_answer(backend().schedules.one(name)))


@bp.put("/clusters/<cluster>/schedules/<name>", needs=Permission.CHANGE)
@bp.arguments(ScheduleRequestSchema, example=EXAMPLE)
@bp.response(200, ScheduleSchema, headers=ETAG, description="The schedule is stored")
@bp.doc(parameters=CONDITIONS)
def put_schedule(values: dict[str, Any], cluster: str, name: str) -> Response:
    """Put a schedule, in place of the one of that name; slots count from now on.

    It needs what the change itself needs. At each slot the change is asked for by the schedule,
    which may do this and nothing else; a slot makes one job, and one that is refused is told.
    """
    change = change_of(cluster, values["change"])
    need = permission_for(change.kind, change.params)
    permit(backend().inventory, principal(), need, change.cluster)
    schedule = Schedule(
        checked_name(name, "name"), change, values["times"], values["late_by"], values["enabled"]
    )
    expected = _expected_revision(schedule)
    now = redis_now(backend().redis)
    if isinstance(schedule.times, Once) and schedule.times.after(now) is None:
        said = "cannot ask at a time that has passed: name one that is to come"
        raise invalid([{"pointer": "/at", "detail": said}])
    by = principal()
    before = _known(schedule.name)
    stored = backend().schedules.put(schedule, by.id, now, expected, maker=by.person)
    former = _told(before) if before else None
    note(object=f"schedule {schedule.name}", before=former, after=_told(stored))
    return _answer(stored)


def _known(name: str) -> Kept | None:
    try:
        return backend().schedules.one(name)
    except ScheduleNotFound:
        return None


def _told(kept: Kept) -> dict[str, Any]:
    """Return what the audit log keeps of a schedule; of its change the digest, as of a job's."""
    row, change = kept.schedule.as_dict(), kept.schedule.change
    times = {name: row[name] for name in ("cron", "timezone", "at", "late_by", "enabled")}
    asked = {"kind": change.kind, "digest": change.digest, "reason": change.reason}
    return {"revision": kept.revision} | asked | {k: v for k, v in times.items() if v is not None}


def _expected_revision(schedule: Schedule) -> int | None:
    """Return the revision that the request is meant for, 0 for a new one, nothing for any.

    Raises a problem where the schedule that is there is of another cluster, or not as it was read.
    """
    kept = _known(schedule.name)
    if kept and kept.schedule.change.cluster != schedule.change.cluster:
        of = kept.schedule.change.cluster
        raise Problem(
            "schedule-taken",
            f"cannot put schedule {schedule.name}: there is one of that name for cluster {of}; "
            "choose another name, or remove that one",
        )
    if request.if_none_match.star_tag:
        return 0
    if "If-Match" not in request.headers:
        return kept.revision if kept else None
    if kept is None or not request.if_match.contains(_etag_of(kept)):
        raise Problem(
            "schedule-moved",
            f"cannot write schedule {schedule.name}: it is not as it was when it was read",
        )
    return kept.revision


@bp.delete("/clusters/<cluster>/schedules/<name>", needs=Permission.CHANGE)
@bp.response(204, description="There is no such schedule any more")
def remove_schedule(cluster: str, name: str) -> Response:
    """Take a schedule away; jobs that it has made stay as they are."""
    note(object=f"schedule {name}", before=_told(_of(cluster, name)))
    backend().schedules.remove(name)
    return Response(status=204)


@bp.post("/clusters/<cluster>/schedules/<name>/pause", needs=Permission.CHANGE)
@bp.arguments(VerbSchema, required=False)
@bp.response(200, ScheduleSchema, headers=ETAG, description="It has no slots until it is resumed")
def pause_schedule(_: dict[str, Any], cluster: str, name: str) -> Response:
    """Let a schedule rest: no slot of it comes, and none is told as missed."""
    return _enabled(cluster, name, enabled=False)


@bp.post("/clusters/<cluster>/schedules/<name>/resume", needs=Permission.CHANGE)
@bp.arguments(VerbSchema, required=False)
@bp.response(200, ScheduleSchema, headers=ETAG, description="Its slots come again, from now on")
def resume_schedule(_: dict[str, Any], cluster: str, name: str) -> Response:
    """Have the slots of a schedule come again, from now on."""
    return _enabled(cluster, name, enabled=True)


def _enabled(cluster: str, name: str, *, enabled: bool) -> Response:
    kept = _of(cluster, name)
    change = kept.schedule.change
    need = permission_for(change.kind, change.params)
    permit(backend().inventory, principal(), need, change.cluster)
    if kept.schedule.enabled is enabled:
        return _answer(kept)
    schedule, now = replace(kept.schedule, enabled=enabled), redis_now(backend().redis)
    # Who lets it rest or go on has not said what it asks for: its maker stays.
    stored = backend().schedules.put(schedule, principal().id, now, kept.revision, maker=kept.maker)
    note(object=f"schedule {name}", before=_told(kept), after=_told(stored))
    return _answer(stored)


@bp.post("/clusters/<cluster>/schedules/<name>/run", needs=Permission.CHANGE)
@bp.arguments(VerbSchema, required=False)
@bp.response(202, JobSchema, headers=HEADERS | LOCATION, description="The job")
@bp.alt_response(
    200,
    schema=JobSchema,
    headers=HEADERS | LOCATION,
    description="An unfinished job does the same already",
)
@bp.doc(parameters=[KEY])
def run_schedule(_: dict[str, Any], cluster: str, name: str) -> Response:
    """Ask for a schedule's change now, as whoever sends this; its slots stay as they are."""
    kept = _of(cluster, name)
    found = submit(
        backend().ledger,
        backend().inventory,
        kept.schedule.change,
        trace_id=g.trace_id,
        by=principal(),
        keys=keys_of({"revision": kept.revision}),
    )
    if found.created:
        return job_answer(found.job)
    return job_answer(found.job, 200, not_taken=found.not_taken)


def _of(cluster: str, name: str) -> Kept:
    """Return a schedule of this very cluster."""
    kept = backend().schedules.one(name)
    if kept.schedule.change.cluster != cluster:
        raise not_found(name)
    return kept
