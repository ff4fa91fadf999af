"""What requests and answers about schedules look like."""

from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from api.description.asked_moments import AskedMoment
from api.description.calendar_documents import time_zone_field
from api.description.members import (
    LinksField,
    about,
    number_field,
    text_field,
    time_field,
    yes_or_no_field,
)
from api.description.schemas import ChangeRequestSchema
from workflows.hours import zone_of
from workflows.schedules.cron import BadExpression, Once, Times, cron
from workflows.schedules.schedule import MOST_LATE_SECONDS, USUAL_LATE_SECONDS
from workflows.schedules.store import WORDS

LONGEST_EXPRESSION = 200


def _change_schema() -> ChangeRequestSchema:
    schema = ChangeRequestSchema()
    schema.place = "/change"
    return schema


class ScheduleRequestSchema(Schema):
    """A change that is asked for at set times: with ``cron``, or once with ``at``."""

    change = fields.Nested(_change_schema, required=True)
    cron = fields.String(
        validate=validate.Length(
            1, LONGEST_EXPRESSION, error="cannot use it: a cron expression has 5 fields"
        ),
        metadata=about("Minute, hour, day of the month, month, day of the week"),
    )
    timezone = time_zone_field("Whose clocks `cron` means", load_default="UTC")
    at = AskedMoment("The one time, RFC 3339")
    late_by = fields.Integer(
        strict=True,
        load_default=USUAL_LATE_SECONDS,
        validate=validate.Range(
            60, MOST_LATE_SECONDS, error=f"cannot use {{input}} s: it is 60 to {MOST_LATE_SECONDS}"
        ),
        metadata=about("How old a slot may be, in seconds, that no Celery worker was there for"),
    )
    enabled = fields.Boolean(load_default=True, metadata=about("Whether its slots come"))

    @validates_schema
    def _check(self, data: dict[str, Any], **_: Any) -> None:
        if ("cron" in data) == ("at" in data):
            raise ValidationError({"cron": ["cannot tell when: say either cron or at"]})
        if "plan_digest" in data.get("change", {}):
            said = "cannot keep to one plan: it is made anew for each slot; leave plan_digest out"
            raise ValidationError({"change": {"plan_digest": [said]}})

    @post_load
    def _read_times(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"times": _times(data)}


def _times(data: dict[str, Any]) -> Times:
    at = data.get("at")
    if isinstance(at, datetime):
        return Once(at)
    zone = zone_of(data["timezone"])
    assert zone is not None, "the field has refused it"  # noqa: S101
    try:
        return cron(data["cron"], zone)
    except BadExpression as error:
        raise ValidationError({"cron": [str(error)]}) from None


class OutcomeSchema(Schema):
    """What became of a slot."""

    slot_time = time_field("When it was")
    word = text_field(
        "`made` a job, `joined` one that does the same already, `refused`, or `missed`",
        validate=validate.OneOf(WORDS),
    )
    job = fields.String(required=True, allow_none=True, metadata=about("Its job"))
    because = text_field("Why there is none of its own; else empty")


class ScheduleSchema(Schema):
    """A schedule, when it is due, and what became of its last slot."""

    name = text_field()
    cluster = text_field()
    change = fields.Dict(required=True, metadata=about("What is asked for at each slot"))
    cron = fields.String(required=True, allow_none=True, metadata=about("Null with `at`"))
    timezone = text_field("Whose clocks `cron` means")
    at = time_field("The one time; null with `cron`")
    late_by = number_field("How old a slot may be, in seconds, to be run all the same")
    enabled = yes_or_no_field("Whether its slots come")
    revision = number_field("Counts how often it was written")
    by = text_field("The id of the token that it was written with")
    next_time = time_field("Its next slot; null while it is paused, or where none follows")
    last = fields.Nested(OutcomeSchema, required=True, allow_none=True)
    counts = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata=about("How many slots came to each word of an outcome"),
    )
    links = LinksField()


class ScheduleListSchema(Schema):
    """All schedules, by name."""

    schedules = fields.List(fields.Nested(ScheduleSchema), required=True)
