"""What is asked and answered of the audit log, as OpenAPI describes it."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from api.description.asked_moments import AskedMoment
from api.description.members import about, moment_field, number_field, text_field, time_field
from api.http.paging import page_cursor, page_size
from cluster.names import HostName, Pattern
from workflows.audit.records import Outcome

NUMBER = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
ACTOR = re.compile(r"[A-Za-z0-9:._@/ -]{1,128}", re.ASCII)
USUAL_RECORDS, MOST_RECORDS = 100, 1000
"""Of one page."""


class AuditQuerySchema(Schema):
    """Which records to list."""

    actor = Pattern(
        ACTOR,
        "an actor is an id or a name of a-z, A-Z, 0-9, ' ', ':', '.', '_', '@', '/' and '-'",
        metadata=about("Only those of this id (`0123456789ab`, `hook:tickets`) or name"),
    )
    cluster = HostName(metadata=about("Only those about this cluster"))
    since = AskedMoment("Only those since this moment; RFC 3339, `2026-11-28T00:00:00Z`")
    outcome = fields.Enum(Outcome, by_value=True, metadata=about("Only those that ended so"))
    per_page = page_size("records", usual=USUAL_RECORDS, most=MOST_RECORDS)
    cursor = page_cursor(NUMBER)

    @post_load
    def _moment(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "since" in values:
            try:
                values["since"] = values["since"].timestamp()
            except OverflowError:
                raise ValidationError("cannot use a moment so far away", "since") from None
        return values


class AuditRecordSchema(Schema):
    """One act, in its place of the chain."""

    number = number_field("Its place, from 1", validate=validate.Range(1))
    at = moment_field("When it was recorded")
    time = time_field("When it was recorded")
    actor = text_field("The id of who did it: of a token, or `hook:NAME`; empty where nobody knows")
    name = text_field("Their name")
    via = text_field("The way by which they came: `token`, `session`, `hook`, …")
    address = text_field("Of the client; empty where none asked")
    verb = text_field("What was done, for example `make-token`")
    object = text_field("What it was done to, for example `token 0123456789ab`")
    cluster = text_field("The cluster that it was about; empty if none")
    before = fields.Dict(required=True, metadata=about("What was there before, in short"))
    after = fields.Dict(required=True, metadata=about("What is there since, in short"))
    outcome = fields.Enum(
        Outcome,
        by_value=True,
        required=True,
        metadata=about(
            "`refused`: who asked may not, and nothing happened; `broken-off`: by a defect, and "
            "some of it may have happened"
        ),
    )
    trace_id = text_field("The trace of the request")
    former = text_field("The hash of the record before; empty in the first")
    hash = text_field("SHA-256 of all the rest")


class AuditListSchema(Schema):
    """A page of records, the newest first; with a filter it may be empty, and yet not the last."""

    records = fields.List(fields.Nested(AuditRecordSchema), required=True)


class AuditFaultSchema(Schema):
    """The first thing that is wrong with the chain in Redis, in the file, or between both."""

    where = text_field(validate=validate.OneOf(("redis", "file", "both")))
    number = number_field("Of the record", validate=validate.Range(1))
    says = text_field("What is wrong with it")


class AuditVerifyQuerySchema(Schema):
    """Which record's hash is told, beside whether the log is whole."""

    at = fields.Integer(
        strict=False,
        validate=validate.Range(1, 10**15),
        metadata=about("The number of a record whose hash is to be told"),
    )


class AuditChainSchema(Schema):
    """From where to where a chain goes."""

    count = number_field("How many records it has")
    first = number_field(
        "The number of its first record: those before were cut away from Redis, and stand in the "
        "files",
        validate=validate.Range(1),
    )
    before = text_field("The hash of the record before its first; empty where there is none")
    hash = text_field("Of its last record; empty if there is none")


class AuditHashSchema(Schema):
    """The hash of the record that was asked for."""

    number = number_field("Of the record; 0 where none was asked for")
    hash = text_field("Empty where neither Redis nor the files have it")


class AuditVerdictSchema(Schema):
    """Whether the audit log is whole."""

    whole = fields.Boolean(required=True, metadata=about("Whether nothing is wrong with it"))
    redis = fields.Nested(AuditChainSchema, required=True)
    file = fields.Nested(AuditChainSchema, required=True)
    behind = number_field(
        "How many of the newest records the file lacks: it gets them with the next"
    )
    at = fields.Nested(AuditHashSchema, required=True)
    faults = fields.List(fields.Nested(AuditFaultSchema), required=True)
