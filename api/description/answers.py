"""What answers look like; documents them, and the tests hold live answers to it."""

from marshmallow import INCLUDE, Schema, fields, validate

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
from api.description.time_left_answers import TimeLeftSchema
from cluster.actions import Action
from workflows.states import JobStatus, StepStatus


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


class StepSchema(Schema):
    """Where one step of a job stands."""

    index = number_field("Counts from 0")
    name = text_field()
    title = text_field()
    status = fields.Enum(StepStatus, by_value=True, required=True)
    attempt = number_field("Counts from 1; 0 when it has not begun")
    started = moment_field("When it first began")
    started_time = time_field("When it first began")
    finished = moment_field("When it ended")
    finished_time = time_field("When it ended")
    running_since = moment_field("When the attempt began that is at work; null while none is")
    running_since_time = time_field("When the attempt began that is at work; null while none is")
    seconds = seconds_field("Time at work: of all attempts that have ended, those of an undo too")
    waited_seconds = seconds_field("Between its attempts: for the next one, or for a person")
    final = yes_or_no_field("Whether there is no way back once it has begun")
    ends_by = moment_field(
        "When a step is ended at the latest that a cancel waits for, since it may not be "
        "interrupted; null else"
    )
    ends_by_time = time_field("The same")
    due = moment_field("When it is tried, or looks, again")
    due_time = time_field("When it is tried, or looks, again")
    waits_for = fields.Dict(
        required=True,
        allow_none=True,
        metadata=about(
            "While it is `waiting`: `what` for, whether it `asks` a person to do it, `advice`, and "
            "the codes of findings that are `acceptable`"
        ),
    )
    owed = yes_or_no_field(
        "Whether it is to take back, before the job rests, what an earlier step has begun to do"
    )
    hosts = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(),
        required=True,
        metadata=about(
            "Per host: status, operation, detail, seconds, attempt, and the `limit` in seconds of "
            "an operation that is running"
        ),
    )
    error = fields.Dict(required=True, allow_none=True)
    findings = fields.List(
        fields.Nested(FindingSchema),
        required=True,
        metadata=about("What the step had to say though it succeeded: warnings and notes"),
    )


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
