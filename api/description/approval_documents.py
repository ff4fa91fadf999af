"""What requests and answers about the approval policy look like."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from api.description.members import about, number_field, text_field, time_field
from api.description.schemas import OneOf
from cluster.spec import Environment
from workflows.approval_policy import BUILT_IN, MOST_HOURS, ApprovalPolicy, Asks
from workflows.kinds import KINDS


def _known_kind(name: str) -> None:
    if name not in KINDS:
        known = ", ".join(sorted(KINDS))
        raise ValidationError(f"cannot use kind {name[:80]}: it is one of {known}")


class PolicySchema(Schema):
    """Which changes need somebody's approval; what is left out is as in the built-in policy."""

    asks = fields.String(
        load_default=str(BUILT_IN.asks),
        validate=OneOf(list(map(str, Asks)), error="cannot use {input}: asks is {choices}"),
        metadata=about(
            "`others`: once there is somebody else who may approve; `always`: also where there is "
            "nobody; `never`: only where a change or a rule asks for an approval itself"
        ),
    )
    environments = fields.List(
        fields.Enum(Environment, by_value=True),
        load_default=lambda: sorted(BUILT_IN.environments),
        metadata=about("Clusters for these are changed with an approval only"),
    )
    final = fields.Boolean(
        load_default=BUILT_IN.final,
        metadata=about("Whether kinds need an approval from which there is no way back"),
    )
    kinds = fields.List(
        fields.String(validate=_known_kind),
        load_default=list,
        metadata=about("Further kinds that need an approval, in every environment"),
    )
    within = fields.Integer(
        load_default=BUILT_IN.within,
        strict=True,
        validate=validate.Range(
            1, MOST_HOURS, error=f"cannot wait so long for an approval: 1 to {MOST_HOURS} hours"
        ),
        metadata=about("Hours in which somebody has to approve"),
    )

    @post_load
    def _policy(self, data: dict[str, Any], **_: Any) -> ApprovalPolicy:
        return ApprovalPolicy.from_dict(data)


class StoredPolicySchema(Schema):
    """The approval policy that is in force."""

    asks = text_field("`others`, `always` or `never`")
    environments = fields.List(fields.String(), required=True)
    final = fields.Boolean(required=True)
    kinds = fields.List(fields.String(), required=True)
    within = number_field("Hours")
    final_kinds = fields.List(
        fields.String(),
        required=True,
        metadata=about("The kinds from which there is no way back"),
    )
    others = fields.List(
        fields.String(),
        required=True,
        metadata=about(
            "Names of those, but for who asks, who may approve changes of every cluster; with "
            "`others` nobody is asked while there are none"
        ),
    )
    revision = number_field("Counts how often it was replaced; 0 is the built-in one")
    by = text_field("The id of the token that it was written with")
    at = time_field("When it was written")
