"""What the API answers of one step of a job."""

from marshmallow import Schema, fields

from api.description.answers import FindingSchema
from api.description.members import (
    about,
    moment_field,
    number_field,
    seconds_field,
    text_field,
    time_field,
    yes_or_no_field,
)
from workflows.states import StepStatus


class StepSchema(Schema):
    """Where one step of a job stands."""

    index = number_field("Counts from 0")
    name = text_field()
    title = text_field()
    status = fields.Enum(StepStatus, by_value=True, required=True)
    attempt = number_field("Counts from 1; 0 when it has not begun")
    started = moment_field("When it first began")
    started_time = time_field("When it first began")
    finished = moment_field("When it ended")
    finished_time = time_field("When it ended")
    running_since = moment_field("When the attempt began that is at work; null while none is")
    running_since_time = time_field("When the attempt began that is at work; null while none is")
    seconds = seconds_field("Time at work: of all attempts that have ended, those of an undo too")
    waited_seconds = seconds_field("Between its attempts: for the next one, or for a person")
    final = yes_or_no_field("Whether there is no way back once it has begun")
    ends_by = moment_field(
        "When a step is ended at the latest that a cancel waits for, since it may not be "
        "interrupted; null else"
    )
    ends_by_time = time_field("The same")
    due = moment_field("When it is tried, or looks, again")
    due_time = time_field("When it is tried, or looks, again")
    waits_for = fields.Dict(
        required=True,
        allow_none=True,
        metadata=about(
            "While it is `waiting`: `what` for, whether it `asks` a person to do it, `advice`, and "
            "the codes of findings that are `acceptable`"
        ),
    )
    owed = yes_or_no_field(
        "Whether it is to take back, before the job rests, what an earlier step has begun to do"
    )
    hosts = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(),
        required=True,
        metadata=about(
            "Per host: status, operation, detail, seconds, attempt, and the `limit` in seconds of "
            "an operation that is running"
        ),
    )
    error = fields.Dict(required=True, allow_none=True)
    findings = fields.List(
        fields.Nested(FindingSchema),
        required=True,
        metadata=about("What the step had to say though it succeeded: warnings and notes"),
    )
