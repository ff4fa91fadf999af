"""What an answer about a job tells of how long it may still take."""

from marshmallow import Schema, fields, validate

from api.description.members import about, moment_field, number_field, text_field


class EndSchema(Schema):
    """When a job ends, as it looks from some moment on, until the next."""

    since = fields.Float(required=True, metadata=about("The moment; Unix time in seconds"))
    p50 = moment_field(
        "By when half of the past runs that are as far as it end; null where its step takes longer "
        "by then than every past run of it, or has none"
    )
    p90 = moment_field("By when nine of ten of them end")


class AfterStepSchema(Schema):
    """How long the steps after the present one take."""

    p50 = fields.Float(required=True, metadata=about("Seconds, in half of such jobs"))
    p90 = fields.Float(required=True, metadata=about("Seconds, in nine of ten of them"))


class TimeLeftSchema(Schema):
    """How long a job that goes on may still take, by the past runs of its steps.

    It holds until the job's next step: the last of `ends` that has begun tells when the job ends,
    and the time of day taken off that is what is left.
    """

    ends = fields.List(
        fields.Nested(EndSchema),
        required=True,
        metadata=about(
            "In their order, the first from when its step began, or the step before was done. A "
            "step that goes on is compared with those past runs only that took longer"
        ),
    )
    after_step = fields.Nested(
        AfterStepSchema,
        required=True,
        allow_none=True,
        metadata=about(
            "How long the steps take that come after the present one; null where no past run tells "
            "of any"
        ),
    )
    runs = number_field("The fewest past runs that one of those steps rests on")
    of = text_field(
        "Whose runs they are: of the same `cluster`, of `all`, or `both` by the step",
        validate=validate.OneOf(["cluster", "all", "both"]),
    )
    without = number_field("Steps before it that no past run tells of, which are not counted")
