"""What the report of a drill looks like, as the description tells it."""

from marshmallow import Schema, fields, validate

from api.description.evidence_answers import FORMATS
from api.description.members import about, number_field, seconds_field, text_field, yes_or_no_field
from api.description.schemas import JOB_ID
from api.http.paging import page_cursor, page_size


class DrillQuerySchema(Schema):
    """In which form the report is wanted."""

    format = fields.String(
        validate=validate.OneOf(FORMATS, error="cannot use {input}: json or markdown is possible"),
        metadata=about("Instead of the header `Accept`"),
    )


class DrillMomentSchema(Schema):
    """One of T0 to T5."""

    name = text_field("Which one, for programs")
    says = text_field("The same for people")
    seconds = seconds_field("After T0; null where it was not seen")


class DrillCriterionSchema(Schema):
    """One thing that a drill that is passed shows."""

    name = text_field("`interruption`, `return`, `data` or `voters`")
    is_met = yes_or_no_field("Whether it was shown")
    says = text_field("What was seen, and what is right")


class DrillProbesSchema(Schema):
    """Consecutive probes of which all found the same nodes silent."""

    begins = fields.Float(required=True, metadata=about("Seconds after T0"))
    ends = fields.Float(required=True, metadata=about("Seconds after T0"))
    probes = number_field("How many there were")
    silent = fields.List(
        fields.String(), required=True, metadata=about("The nodes whose API took no write")
    )


class DrillObserverSchema(Schema):
    """How one control plane node answered."""

    host = text_field()
    probes = number_field("How often it was asked to write")
    failed = number_field("How often it did not")
    first_failure = seconds_field("After T0; null where none failed")
    last_failure = seconds_field("After T0; null where none failed")
    longest_silence = fields.Float(
        required=True, metadata=about("Seconds from a failed probe to the next good one")
    )


class DrillReportSchema(Schema):
    """How a cluster lived without one of its nodes."""

    format = text_field("The form of this document, with its version")
    job = fields.Dict(required=True, metadata=about("Its id, cluster, status and reason"))
    asked = fields.Dict(required=True, metadata=about("By whom, and when"))
    host = fields.String(
        required=True, allow_none=True, metadata=about("The node that was stopped; null: none yet")
    )
    target = fields.String(required=True, allow_none=True, metadata=about("What it was stopped as"))
    how = fields.String(
        required=True,
        allow_none=True,
        metadata=about("`stop` or `kill`; null where the job did not say"),
    )
    seconds = seconds_field("How long it was to be away")
    passed = fields.Boolean(
        required=True, allow_none=True, metadata=about("The verdict; null where there is none")
    )
    criteria = fields.List(fields.Nested(DrillCriterionSchema), required=True)
    moments = fields.List(fields.Nested(DrillMomentSchema), required=True)
    log = fields.List(fields.Nested(DrillProbesSchema), required=True)
    observers = fields.List(fields.Nested(DrillObserverSchema), required=True)
    pods = fields.Dict(
        required=True,
        allow_none=True,
        metadata=about("Pods that may move, before: `on_node`, and Ready `elsewhere`"),
    )
    before = fields.Dict(
        required=True, allow_none=True, metadata=about("The `leader`, and the `roles` by member")
    )
    after = fields.Dict(
        required=True, allow_none=True, metadata=about("The same, once the node was back")
    )


class DrillsQuerySchema(Schema):
    """Which page of the drills of a cluster to list."""

    per_page = page_size("drills", usual=20, most=100)
    cursor = page_cursor(JOB_ID)


class DrillListSchema(Schema):
    """The drills of a cluster, the newest first."""

    drills = fields.List(fields.Nested(DrillReportSchema), required=True)
