"""What is answered of tokens, as OpenAPI describes it; never a hash of a secret."""

from marshmallow import Schema, fields, validate

from api.description.members import LinksField, about, moment_field, text_field, time_field
from cluster.spec import Environment
from workflows.access import Permission
from workflows.roles import Role

STATUSES = ("valid", "ended", "revoked")


class GrantSchema(Schema):
    """One permission, and the clusters that it is for."""

    permission = fields.Enum(Permission, by_value=True, required=True)
    clusters = text_field("A pattern of names")
    environments = fields.List(fields.Enum(Environment, by_value=True), required=True)


class TokenSchema(Schema):
    """A token without its secret."""

    id = text_field("Stands in the token, in logs and in `requested_by` of jobs")
    name = text_field()
    owner = text_field(
        "The person who has it: who approves a change is another one than who has asked for it"
    )
    status = text_field(validate=validate.OneOf(STATUSES))
    roles = fields.List(
        fields.Enum(Role, by_value=True),
        required=True,
        metadata=about("None where its grants were written by hand"),
    )
    clusters = text_field("The pattern of clusters' names that the roles are for")
    environments = fields.List(
        fields.Enum(Environment, by_value=True),
        required=True,
        metadata=about("The environments that the roles are for"),
    )
    grants = fields.List(
        fields.Nested(GrantSchema),
        required=True,
        metadata=about("What it may do, spelled out when it was made"),
    )
    created = moment_field("When it was made")
    created_time = time_field("When it was made")
    created_by = text_field("The id of the token that asked for it; empty for the first one")
    expires = moment_field("When it ends; null for never")
    expires_time = time_field("When it ends; null for never")
    last_used = moment_field("When it was last used, to the minute; null for never")
    last_used_time = time_field("When it was last used, to the minute; null for never")
    replaced_by = text_field("The id of the token that takes its place; empty for none")
    links = LinksField()


class TokenListSchema(Schema):
    """A page of the tokens, oldest first."""

    tokens = fields.List(fields.Nested(TokenSchema), required=True)


class MadeTokenSchema(TokenSchema):
    """A token that was made now."""

    token = text_field("The whole token; it is told this once")


class RotatedTokenSchema(Schema):
    """A token that was rotated, and the one that takes its place."""

    old = fields.Nested(TokenSchema, required=True)
    new = fields.Nested(MadeTokenSchema, required=True)
