"""What answers look like; documents them, and the tests hold live answers to it."""

from marshmallow import INCLUDE, Schema, fields, validate

from api.description.members import (
    LinksField,
    about,
    number_field,
    text_field,
    yes_or_no_field,
)
from cluster.actions import Action


class IndexSchema(Schema):
    """Where the API begins."""

    version = text_field("The first part of every path")
    links = LinksField()


class QuorumSchema(Schema):
    """How a member list stands, in dqlite's arithmetic."""

    members = number_field("Control plane nodes in the datastore's member list")
    voters = number_field("Members with a vote")
    voters_alive = number_field("Voters that answer")
    standbys = number_field("Members that take a lost voter's place")
    spares = number_field("Members without a copy of the data")
    majority = number_field("Voters needed to accept a write")
    tolerance = number_field("Voters that may be lost at once; -1 when quorum is lost")
    quorum = yes_or_no_field("Whether a majority of the voters is alive")
    ha = yes_or_no_field("Whether three voters or more are alive")
    has_leader = yes_or_no_field(
        "Whether a leader told the members; without one they are an old list, and quorum is lost"
    )


class ActionSchema(Schema):
    """One thing that can be done, as data and as a request of this API."""

    action = text_field(validate=validate.OneOf([str(action) for action in Action]))
    arguments = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata=about("What it is to be done to, for example `host` or `job`"),
    )
    request = fields.String(metadata=about("Method and path that do it"))


class FindingSchema(Schema):
    """One thing that a check has to say."""

    code = text_field("Names the finding in `accept`")
    severity = text_field(validate=validate.OneOf(["refuse", "warn", "info"]))
    message = text_field("What was found")
    advice = text_field("What to do about it")
    acceptable = yes_or_no_field("Whether `accept` may override it")
    host = fields.String(required=True, allow_none=True)
    field = fields.String(
        required=True,
        allow_none=True,
        metadata=about("JSON pointer of the request's field that it is about"),
    )
    measured = fields.Raw(required=True, allow_none=True)
    needed = fields.Raw(required=True, allow_none=True)
    actions = fields.List(
        fields.Nested(ActionSchema), metadata=about("What the advice comes down to")
    )


class ErrorRowSchema(Schema):
    """One fault of a request."""

    pointer = text_field("JSON pointer of the field; a query's parameter stands at the top")
    detail = text_field("What is wrong with it")
    line = fields.Integer(metadata=about("Of a file: the line of the fault, from 1"))
    column = fields.Integer(metadata=about("Of a file: its column, from 1"))


class ProblemSchema(Schema):
    """A problem document (RFC 9457); `type` leads to a page that explains it."""

    class Meta:
        """Further members belong to some types only."""

        unknown = INCLUDE

    type = text_field("Names the problem")
    title = text_field()
    status = number_field("The HTTP status")
    detail = text_field("What happened this time")
    instance = text_field("The path that was asked for")
    advice = text_field("What to do next")
    actions = fields.List(
        fields.Nested(ActionSchema), required=True, metadata=about("What the advice comes down to")
    )
    errors = fields.List(fields.Nested(ErrorRowSchema))
    findings = fields.List(fields.Nested(FindingSchema))
    links = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata=about("`job` leads to the job that is in the way, if one is"),
    )
    findings_left_out = fields.Integer(
        metadata=about("Findings beyond the first 100, which are not told")
    )


class CheckSchema(Schema):
    """One check of the server's readiness."""

    status = text_field(validate=validate.OneOf(["pass", "warn", "fail"]))
    detail = text_field()


class HealthSchema(Schema):
    """Whether the server can do its work."""

    status = text_field(validate=validate.OneOf(["pass", "warn", "fail"]))
    checks = fields.Dict(keys=fields.String(), values=fields.Nested(CheckSchema), required=True)
    sites = fields.List(
        fields.String(), metadata=about("Of readiness: the sites that a Celery worker serves")
    )
