"""What the API answers of jobs, as schemas that the description of the API is made of."""

from marshmallow import Schema, fields, validate

from api.description.answers import ActionSchema, FindingSchema, QuorumSchema
from api.description.members import (
    LinksField,
    about,
    moment_field,
    number_field,
    seconds_field,
    text_field,
    time_field,
    yes_or_no_field,
)
from api.description.step_answers import StepSchema
from api.description.time_left_answers import TimeLeftSchema
from workflows.states import JobStatus


class JobQuorumSchema(Schema):
    """The quorum before the change, as last observed, and as it should be afterwards."""

    before = fields.Nested(QuorumSchema, required=True, allow_none=True)
    now = fields.Nested(QuorumSchema, required=True, allow_none=True)
    during = fields.Nested(
        QuorumSchema,
        required=True,
        allow_none=True,
        metadata=about("The narrowest margin that the plan expects while a step changes members"),
    )
    expected = fields.Nested(QuorumSchema, required=True, allow_none=True)


class JobRowSchema(Schema):
    """A job in a list."""

    id = text_field()
    cluster = text_field()
    kind = text_field()
    status = fields.Enum(JobStatus, by_value=True, required=True)
    finished_for_now = yes_or_no_field("Whether nothing moves until a person asks for it")
    seq = number_field("The number of its last event")
    position = number_field("Place in the cluster's queue, from 1; 0 when it does not wait")
    waits_for = fields.String(
        required=True, allow_none=True, metadata=about("The job that holds the cluster")
    )
    created = moment_field("When it was accepted")
    created_time = time_field("When it was accepted")
    started = moment_field("When it first began")
    started_time = time_field("When it first began")
    finished = moment_field("When it ended")
    finished_time = time_field("When it ended")
    running_since = moment_field("When it went on last; null while it rests")
    running_since_time = time_field("When it went on last; null while it rests")
    seconds = seconds_field(
        "Time at work before it last came to rest, waits for a next attempt included"
    )
    waited_seconds = seconds_field("In between: for a person, or for its turn in the queue")
    reason = text_field("Why, as the request said")
    requested_by = fields.String(
        required=True,
        allow_none=True,
        metadata=about(
            "The id of the token that asked for it, or `oidc:` and a person's name at the issuer"
        ),
    )
    requested_by_name = fields.String(
        required=True, allow_none=True, metadata=about("What that token, or hook, is called")
    )
    via = fields.String(
        required=True,
        allow_none=True,
        metadata=about(
            "By which way it was asked for: `token`, `session` on the page, `oidc`, `hook`, "
            "`chat`, `schedule`"
        ),
    )
    held_since = moment_field("Since when it waits for a maintenance window, or a freeze's end")
    held_since_time = time_field("Since when it waits for a maintenance window, or a freeze's end")
    held_by = fields.String(
        required=True,
        allow_none=True,
        metadata=about("The windows that are not open, and the freezes, for which it waits"),
    )
    opens = moment_field("When it begins that waits for a window; null where nobody knows yet")
    opens_time = time_field("When it begins that waits for a window; null where nobody knows yet")
    expires = moment_field("When it ends unless somebody approves it; null where nobody has to")
    expires_time = time_field("When it ends unless somebody approves it; null where nobody has to")
    approval_asked_time = time_field(
        "Since when it waits for somebody's approval; null where it does not"
    )
    next_action = text_field("What to do next")
    links = LinksField()


class ReferenceSchema(Schema):
    """What a job was asked for outside: a ticket, an alert, a channel."""

    source = text_field("The sender's name in the rule file")
    subject = text_field("In the sender's words, such as the key of a ticket")
    url = fields.String(
        required=True, allow_none=True, metadata=about("Where people look at it, if that is known")
    )


class JobSchema(JobRowSchema):
    """One change being carried out."""

    params = fields.Dict(
        required=True,
        metadata=about("What is asked for; hosts that a retry goes without do not stand in it"),
    )
    epoch = number_field("Counts the retries and rollbacks, from 1")
    accept = fields.List(
        fields.String(),
        required=True,
        metadata=about("Codes of findings that were accepted, with the change or with a retry"),
    )
    acceptable = fields.List(
        fields.String(),
        required=True,
        metadata=about(
            "Codes of the findings that ended it, or keep it, and that a retry may accept"
        ),
    )
    on_failure = text_field(validate=validate.OneOf(["stop", "rollback"]))
    trace_id = text_field(
        "Of the request that made it (W3C Trace Context); in every log line of it"
    )
    without = fields.List(
        fields.String(),
        required=True,
        metadata=about("Hosts that were given up as lost with a retry or a rollback"),
    )
    approve_within = number_field("Hours in which somebody has to approve it; 0: nobody has to")
    approved = moment_field("When somebody approved it")
    approved_time = time_field("When somebody approved it")
    approved_by = fields.String(
        required=True,
        allow_none=True,
        metadata=about(
            "The id of the token that approved it, or `oidc:` and a person's name at the issuer"
        ),
    )
    approved_alone = yes_or_no_field(
        "Whether who approved it had asked for it, as nobody else might have approved it"
    )
    approval_why = fields.String(
        required=True,
        allow_none=True,
        metadata=about(
            "Why the approval policy wants somebody to approve it; null where it does not, also "
            "where the request itself wants that"
        ),
    )
    reference = fields.Nested(
        ReferenceSchema,
        required=True,
        allow_none=True,
        metadata=about("What the event was about that led to it; null where nobody said"),
    )
    ends = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(["failed", "cancelled"]),
        metadata=about(
            "While it is `closing`: how it rests once the steps that are `owed` are carried out"
        ),
    )
    waits = fields.Dict(
        required=True,
        allow_none=True,
        metadata=about(
            "What its step waits for: `what`, whether it `asks` a person to do something, "
            "`advice`, and the codes of findings that are `acceptable`"
        ),
    )
    overtaken_by = fields.String(
        required=True,
        allow_none=True,
        metadata=about("The job that has changed the cluster since; it neither goes on nor back"),
    )
    plan_digest = text_field()
    findings = fields.List(
        fields.Nested(FindingSchema),
        required=True,
        metadata=about(
            "What the plan, and the steps that succeeded, had to say; of each step also in `steps`"
        ),
    )
    quorum = fields.Nested(JobQuorumSchema, required=True)
    steps = fields.List(fields.Nested(StepSchema), required=True)
    error = fields.Dict(
        required=True,
        allow_none=True,
        metadata=about(
            "The failed step, and what to do; of each failed host in `failures` the `operation` (a "
            "title), the `command` (a redacted shell line), its `exit_code` and last `lines`"
        ),
    )
    cause = fields.Dict(
        required=True,
        allow_none=True,
        metadata=about(
            "Of a job that is, or was, rolled back: what it failed with before, in the form of "
            "`error`; null where nothing had failed"
        ),
    )
    actions = fields.List(
        fields.Nested(ActionSchema),
        required=True,
        metadata=about("What `next_action` comes down to"),
    )
    estimate = fields.Nested(
        TimeLeftSchema,
        required=True,
        allow_none=True,
        metadata=about(
            "How long it may still take; no part of the entity tag. Null before its first step has "
            "begun, where no past run tells of its steps, while it waits for a person, is being "
            "cancelled or goes back, and once it has finished"
        ),
    )
    not_taken = fields.Dict(
        metadata=about(
            "Of a change that a job carries out already: what this request says otherwise, by "
            "field, and which the job does not take over"
        )
    )


class JobListSchema(Schema):
    """A page of jobs, newest first."""

    jobs = fields.List(fields.Nested(JobRowSchema), required=True)
