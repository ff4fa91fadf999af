"""What is told of the kinds of change."""

from marshmallow import Schema, fields

from api.description.members import about, text_field, yes_or_no_field
from workflows.access import Permission
from workflows.plan import Lock, Needs


class MilderSchema(Schema):
    """Params with which less is needed."""

    field = text_field("The param that decides")
    values = fields.List(
        fields.String(), required=True, metadata=about("What it says where less is needed")
    )
    permission = fields.Enum(
        Permission, by_value=True, required=True, metadata=about("What is needed then")
    )


class KindSchema(Schema):
    """One sort of change."""

    name = text_field("What a change says as its `kind`")
    summary = text_field("What it is for")
    needs = fields.Enum(
        Needs,
        by_value=True,
        required=True,
        metadata=about("Whether its cluster has to be there: `existing`, `new` or `any`"),
    )
    cluster = text_field("What the name of its cluster stands for: `cluster` or `new-cluster`")
    lock = fields.Enum(
        Lock,
        by_value=True,
        required=True,
        metadata=about(
            "`exclusive`: it has its cluster for itself; `shared`: it runs beside others that "
            "share it; `none`: it changes nothing, and waits for nobody"
        ),
    )
    permission = fields.Enum(
        Permission,
        by_value=True,
        required=True,
        metadata=about("What somebody needs on its cluster to have it carried out"),
    )
    milder = fields.Nested(
        MilderSchema,
        required=True,
        allow_none=True,
        metadata=about("With which params less is needed; `null` where all need the same"),
    )
    final = yes_or_no_field("Whether there is no way back from some of what it does")
    schema = fields.Dict(
        required=True,
        metadata=about(
            "The JSON Schema of its `params`; `x-clusterwright-meaning` says what a name stands "
            "for: `free-host`, `node`, `control-plane-node`, `cluster`"
        ),
    )
    example = fields.Dict(required=True, metadata=about("Params of one such change"))


class KindListSchema(Schema):
    """The kinds of change, in the order of their names."""

    kinds = fields.List(fields.Nested(KindSchema), required=True)
