"""What the answer about a cluster's quorum looks like."""

from marshmallow import Schema, fields, validate

from api.description.answers import QuorumSchema
from api.description.cluster_answers import SightSchema
from api.description.members import about, number_field, text_field, yes_or_no_field
from cluster.quorum import VERBS, Rule

BASES = ("observation", "record")


class MemberSchema(Schema):
    """One entry of the datastore's member list."""

    host = text_field()
    role = text_field("voter, stand-by or spare")
    alive = yes_or_no_field("Whether it answers")
    leader = yes_or_no_field("Whether it leads the datastore")
    domain = number_field("Its failure domain; the datastore spreads voters over them")


class WhatIfSchema(Schema):
    """What the quorum guard says to one operation, and how the members stand by it."""

    operation = text_field("What was tried", validate=validate.OneOf([*VERBS]))
    host = text_field()
    allowed = yes_or_no_field("Whether the guard would let it begin")
    rule = fields.Enum(
        Rule,
        by_value=True,
        required=True,
        allow_none=True,
        metadata=about("The rule that refuses it; null if none does"),
    )
    settling = yes_or_no_field("Whether waiting may change the answer")
    reason = text_field("Why not, with numbers")
    advice = text_field("What to do instead")
    during = fields.Nested(
        QuorumSchema,
        required=True,
        metadata=about("While it goes on, before any role moves: the narrowest moment"),
    )
    after = fields.Nested(
        QuorumSchema, required=True, metadata=about("Once it is over and roles have settled")
    )
    explain = text_field("What the members would survive after it")


class QuorumAnswerSchema(SightSchema):
    """The quorum as last observed, and what would become of it."""

    cluster = text_field()
    basis = text_field(
        "`observation`, or `record`: it has not been seen yet, and stands as it is meant to",
        validate=validate.OneOf(BASES),
    )
    members = fields.List(fields.Nested(MemberSchema), required=True)
    now = fields.Nested(QuorumSchema, required=True)
    summary = text_field("How it stands now, in one sentence")
    settled = yes_or_no_field("Whether dqlite has no role left to change")
    explain = text_field("What so many control plane nodes give")
    what_if = fields.List(fields.Nested(WhatIfSchema), required=True)
