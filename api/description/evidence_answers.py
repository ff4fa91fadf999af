"""What a job's evidence looks like, as the description tells it."""

from marshmallow import Schema, fields, validate

from api.description.job_answers import ReferenceSchema
from api.description.members import about, number_field, text_field, yes_or_no_field

FORMATS = ("json", "markdown")


class EvidenceQuerySchema(Schema):
    """In which form the evidence is wanted."""

    format = fields.String(
        validate=validate.OneOf(FORMATS, error="cannot use {input}: json or markdown is possible"),
        metadata=about("Instead of the header `Accept`"),
    )


class AskedSchema(Schema):
    """Who asked for a change."""

    by = fields.String(required=True, allow_none=True, metadata=about("The id of a token"))
    by_name = fields.String(
        required=True, allow_none=True, metadata=about("What that token, or hook, is called")
    )
    via = fields.String(required=True, allow_none=True, metadata=about("By which way"))
    time = fields.DateTime(required=True)
    reference = fields.Nested(ReferenceSchema, required=True, allow_none=True)


class EvidenceApprovalSchema(Schema):
    """Who agreed to a plan."""

    within_hours = number_field("In which somebody had to; 0: nobody had to")
    why = fields.String(
        required=True,
        allow_none=True,
        metadata=about("Why a policy wanted it; null where none did"),
    )
    by = fields.String(required=True, allow_none=True, metadata=about("The id of a token"))
    alone = yes_or_no_field("Whether that was who had asked for the change")
    time = fields.DateTime(required=True, allow_none=True)


class EvidenceSchema(Schema):
    """What a job leaves for who asks later what was done, who agreed, and what it has shown."""

    format = text_field("The form of this document, with its version")
    job = fields.Dict(required=True, metadata=about("Its id, cluster, kind, params and reason"))
    asked = fields.Nested(AskedSchema, required=True)
    approval = fields.Nested(EvidenceApprovalSchema, required=True)
    accepted = fields.List(
        fields.Dict(), required=True, metadata=about("Each `code`, and what it was said of")
    )
    plan = fields.Dict(
        required=True,
        metadata=about("Its digest, its steps with `quorum_during` and `quorum_after`, findings"),
    )
    quorum = fields.Dict(
        required=True,
        metadata=about("As seen `before`, as `planned`, each time it was `observed`, and `after`"),
    )
    steps = fields.List(
        fields.Dict(), required=True, metadata=about("As carried out, with times by host")
    )
    end = fields.Dict(required=True, metadata=about("The status, the times and the error"))
    log = fields.List(fields.Dict(), required=True, metadata=about("The job's events, redacted"))
    digest = text_field(
        "`sha256:` and the hash of this document without `digest`: names sorted, no blanks, UTF-8"
    )
