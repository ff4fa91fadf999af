"""What answers about plans look like."""

from marshmallow import Schema, fields, validate

from api.description.answers import FindingSchema, QuorumSchema
from api.description.members import about, number_field, text_field, yes_or_no_field


class EstimateSchema(Schema):
    """How long a step may take, by its last runs on about as many hosts.

    They are the last 20 on the same cluster where it has had 5 at least, else the last 50 of all.
    """

    p50 = fields.Float(
        required=True, metadata=about("Seconds within which half of the past runs were over")
    )
    p90 = fields.Float(
        required=True, metadata=about("Seconds within which nine of ten of them were over")
    )
    runs = number_field("How many past runs that rests on")
    of = text_field(
        "Whose runs they are: of the same `cluster`, or of `all`",
        validate=validate.OneOf(["cluster", "all"]),
    )
    said = text_field("The same in words, for a column")


class PlanEstimateSchema(Schema):
    """How long a plan may take: its steps that have run before, one after the other."""

    p50 = fields.Float(
        required=True,
        allow_none=True,
        metadata=about(
            "Seconds within which half of such plans would be over, drawn from the past runs of "
            "those steps, those of one job together; null where none has run before"
        ),
    )
    p90 = fields.Float(
        required=True,
        allow_none=True,
        metadata=about("Seconds within which nine of ten of them would be over"),
    )
    runs = number_field("The fewest past runs that one of those steps rests on")
    of = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(["cluster", "all", "both"]),
        metadata=about(
            "Whose runs they are: of the same `cluster`, of `all`, or `both` by the step; null "
            "where there is none"
        ),
    )
    without = number_field("Steps that no past run tells of, which are not counted")
    said = text_field("The same in a sentence")


class PlannedStepSchema(Schema):
    """One step of a plan."""

    name = text_field("The deploy that it runs")
    title = text_field()
    hosts = fields.List(fields.String(), required=True)
    args = fields.Dict(required=True)
    quorum = fields.Nested(
        QuorumSchema, required=True, allow_none=True, metadata=about("Expected after the step")
    )
    quorum_during = fields.Nested(
        QuorumSchema,
        required=True,
        allow_none=True,
        metadata=about(
            "The narrowest margin while a guarded step changes members, before any role moves; "
            "from the last observation, or from what is expected"
        ),
    )
    guard = fields.Dict(
        required=True,
        allow_none=True,
        metadata=about("What the quorum guard checks right before the step, and before its undo"),
    )
    retry = fields.Dict(required=True)
    needs = fields.List(
        fields.String(),
        required=True,
        metadata=about("Earlier steps of the plan whose outputs it is given"),
    )
    final = yes_or_no_field("Whether there is no way back once it has begun")
    patience = fields.Float(
        required=True,
        metadata=about("Seconds for which it may wait, in all, for what is not there yet"),
    )
    closes = fields.String(
        required=True,
        allow_none=True,
        metadata=about(
            "The earlier step that it takes back: it runs also after a failure or a cancel, before "
            "the job rests"
        ),
    )
    writes = fields.List(
        fields.Dict(),
        required=True,
        metadata=about("What is true of the cluster's record once the step is done"),
    )
    durations = fields.Nested(
        EstimateSchema,
        required=True,
        allow_none=True,
        metadata=about("How long it may take; null for one that has never run on so many hosts"),
    )
    changes = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        required=True,
        allow_none=True,
        metadata=about(
            "By host: what the step changes there, in sentences whose subject is the host; null "
            "unless `changes` asks for it"
        ),
    )


class ShapeSchema(Schema):
    """What a change compares of a cluster."""

    topology = text_field()
    channel = text_field()
    nodes = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(),
        required=True,
        metadata=about("By host: `role`, `channel`, `labels` and `taints`"),
    )
    addons = fields.List(fields.String(), required=True)


class PartSchema(Schema):
    """What becomes of a node or an addon."""

    what = text_field("`node` or `addon`")
    name = text_field()
    mark = text_field("`comes`, `goes`, `changes` or `stays`")
    role = fields.String(
        required=True,
        allow_none=True,
        metadata=about("Of a node: the one that it is to have, or had if it goes"),
    )
    says = fields.List(
        fields.String(),
        required=True,
        metadata=about("How it changes, or what it comes as, in words"),
    )
    seen = fields.List(
        fields.String(),
        required=True,
        metadata=about("What was last seen of it otherwise than the record has it, in words"),
    )


class ApprovalSchema(Schema):
    """Whether somebody has to approve a change before it begins."""

    within = number_field("Hours in which somebody has to; 0: nobody has to")
    why = text_field("Why the approval policy wants it; empty where it does not")


class PlanSchema(Schema):
    """The whole story of a change, before anything happens."""

    kind = text_field()
    cluster = text_field()
    digest = text_field("Send it as `plan_digest` to carry out this plan and no other")
    basis = fields.Dict(
        required=True,
        metadata=about(
            "What the plan rests on: `revision` of the cluster's record, when it was `observed`, "
            "and the jobs that it is `behind`"
        ),
    )
    allowed = yes_or_no_field("Whether nothing refuses the change, with what the request accepts")
    checked = yes_or_no_field(
        "Whether the hosts were asked; without `check` none was, and their findings are not told"
    )
    check = fields.Dict(
        required=True,
        allow_none=True,
        metadata=about(
            "How asking them went: `job` and its `status`, and in `detail` why it did not, if so"
        ),
    )
    approval = fields.Nested(
        ApprovalSchema,
        required=True,
        metadata=about("Whether somebody would have to approve it, asked for as it was now"),
    )
    steps = fields.List(fields.Nested(PlannedStepSchema), required=True)
    durations = fields.Nested(
        PlanEstimateSchema,
        required=True,
        metadata=about("How long it may take in all; no part of the digest"),
    )
    findings = fields.List(fields.Nested(FindingSchema), required=True)
    findings_left_out = number_field("Findings beyond the first 100, which are not told")
    connections = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(),
        required=True,
        metadata=about(
            "How each host of the plan, and each that it is reached through, is reached; part of "
            "the digest"
        ),
    )
    before = fields.Nested(
        ShapeSchema,
        required=True,
        allow_none=True,
        metadata=about("The cluster as the jobs before leave it; null if there is none"),
    )
    after = fields.Nested(
        ShapeSchema,
        required=True,
        allow_none=True,
        metadata=about("The cluster as this change leaves it; null if there is to be none"),
    )
    difference = fields.List(
        fields.Nested(PartSchema),
        required=True,
        metadata=about("What becomes of each node and addon; no part of the digest"),
    )
    quorum_before = fields.Nested(QuorumSchema, required=True, allow_none=True)
    quorum_after = fields.Nested(QuorumSchema, required=True, allow_none=True)
