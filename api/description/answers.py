"""What answers look like; documents them, and the tests hold live answers to it."""

from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from cluster.actions import Action
from cluster.spec import Environment, Topology
from workflows.states import JobStatus, StepStatus


def _text(description: str = "", **kwargs: Any) -> fields.String:
    return fields.String(required=True, metadata=_about(description), **kwargs)


def _moment(description: str) -> fields.Float:
    return fields.Float(
        required=True, allow_none=True, metadata=_about(f"{description}; Unix time in seconds")
    )


def _time(description: str) -> fields.DateTime:
    return fields.DateTime(
        required=True, allow_none=True, metadata=_about(f"{description}; RFC 3339, in UTC")
    )


def _seconds(description: str) -> fields.Float:
    return fields.Float(required=True, allow_none=True, metadata=_about(description))


def _number(description: str, **kwargs: Any) -> fields.Integer:
    return fields.Integer(required=True, metadata=_about(description), **kwargs)


def _yes_or_no(description: str) -> fields.Boolean:
    return fields.Boolean(required=True, metadata=_about(description))


def _about(description: str) -> dict[str, str]:
    return {"description": description} if description else {}


class LinksField(fields.Dict):
    """Addresses of related resources, by what they are."""

    def __init__(self) -> None:
        super().__init__(keys=fields.String(), values=fields.String(), required=True)


class IndexSchema(Schema):
    """Where the API begins."""

    version = _text("The first part of every path")
    links = LinksField()


class HostSchema(Schema):
    """A host of the inventory."""

    name = _text("One lower-case DNS label")
    address = _text("The address that SSH connects to")
    host_key = _text("The pinned SSH host key")
    port = _number("Of the SSH server")
    user = _text()
    ssh_key = _text("The name of a private key in the keys folder")
    node_address = _text("What other nodes use")
    jump = _text("The host whose SSH server connects onward to it; empty when there is none")
    site = _text("Which Celery workers reach it")
    zone = _text("The failure zone that it stands in; empty when it is not told")
    labels = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    cluster = _text("The cluster that it belongs to; empty when it is free")
    links = LinksField()


class HostListSchema(Schema):
    """A page of the inventory, by name."""

    hosts = fields.List(fields.Nested(HostSchema), required=True)


class ChangedHostSchema(Schema):
    """A host that a list of hosts has changed, or would change."""

    name = _text()
    changes = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(),
        required=True,
        metadata=_about("Each field that differs with what it `was` and `is`; keys by fingerprint"),
    )
    etag = _text("Names the state before; the row's `if_match` replaces this state only")


class PutHostsSchema(Schema):
    """What became of a list of hosts; each host stands in one of the lists, by its place."""

    dry_run = _yes_or_no("Whether this is only what would be")
    created = fields.List(fields.String(), required=True)
    changed = fields.List(fields.Nested(ChangedHostSchema), required=True)
    unchanged = fields.List(fields.String(), required=True)


class QuorumSchema(Schema):
    """How a member list stands, in dqlite's arithmetic."""

    members = _number("Control plane nodes in the datastore's member list")
    voters = _number("Members with a vote")
    voters_alive = _number("Voters that answer")
    standbys = _number("Members that take a lost voter's place")
    spares = _number("Members without a copy of the data")
    majority = _number("Voters needed to accept a write")
    tolerance = _number("Voters that may be lost at once; -1 when quorum is lost")
    quorum = _yes_or_no("Whether a majority of the voters is alive")
    ha = _yes_or_no("Whether three voters or more are alive")
    has_leader = _yes_or_no(
        "Whether a leader told the members; without one they are an old list, and quorum is lost"
    )


class ActionSchema(Schema):
    """One thing that can be done, as data and as a request of this API."""

    action = _text(validate=validate.OneOf([str(action) for action in Action]))
    arguments = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata=_about("What it is to be done to, for example `host` or `job`"),
    )
    request = fields.String(metadata=_about("Method and path that do it"))


class FindingSchema(Schema):
    """One thing that a check has to say."""

    code = _text("Names the finding in `accept`")
    severity = _text(validate=validate.OneOf(["refuse", "warn", "info"]))
    message = _text("What was found")
    advice = _text("What to do about it")
    acceptable = _yes_or_no("Whether `accept` may override it")
    host = fields.String(required=True, allow_none=True)
    field = fields.String(
        required=True,
        allow_none=True,
        metadata=_about("JSON pointer of the request's field that it is about"),
    )
    measured = fields.Raw(required=True, allow_none=True)
    needed = fields.Raw(required=True, allow_none=True)
    actions = fields.List(
        fields.Nested(ActionSchema), metadata=_about("What the advice comes down to")
    )


class PlannedStepSchema(Schema):
    """One step of a plan."""

    name = _text("The deploy that it runs")
    title = _text()
    hosts = fields.List(fields.String(), required=True)
    args = fields.Dict(required=True)
    quorum = fields.Nested(
        QuorumSchema, required=True, allow_none=True, metadata=_about("Expected after the step")
    )
    guard = fields.Dict(
        required=True,
        allow_none=True,
        metadata=_about("What the quorum guard checks right before the step"),
    )
    retry = fields.Dict(required=True)


class PlanSchema(Schema):
    """The whole story of a change, before anything happens."""

    kind = _text()
    cluster = _text()
    digest = _text("Send it as `plan_digest` to carry out this plan and no other")
    allowed = _yes_or_no("Whether nothing refuses the change, with what the request accepts")
    steps = fields.List(fields.Nested(PlannedStepSchema), required=True)
    findings = fields.List(fields.Nested(FindingSchema), required=True)
    findings_left_out = _number("Findings beyond the first 100, which are not told")
    connections = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(),
        required=True,
        metadata=_about(
            "How each host of the plan, and each that it is reached through, is reached; part of "
            "the digest"
        ),
    )
    quorum_before = fields.Nested(QuorumSchema, required=True, allow_none=True)
    quorum_after = fields.Nested(QuorumSchema, required=True, allow_none=True)


class StepSchema(Schema):
    """Where one step of a job stands."""

    index = _number("Counts from 0")
    name = _text()
    title = _text()
    status = fields.Enum(StepStatus, by_value=True, required=True)
    attempt = _number("Counts from 1; 0 when it has not begun")
    started = _moment("When it first began")
    started_time = _time("When it first began")
    finished = _moment("When it ended")
    finished_time = _time("When it ended")
    running_since = _moment("When the attempt began that is at work; null while none is")
    running_since_time = _time("When the attempt began that is at work; null while none is")
    seconds = _seconds("Time at work: of all attempts that have ended, those of an undo too")
    waited_seconds = _seconds("Between its attempts: for the next one, or for a person")
    ends_by = _moment(
        "When a step is ended at the latest that a cancel waits for, since it may not be "
        "interrupted; null else"
    )
    ends_by_time = _time("The same")
    due = _moment("When it is tried again")
    due_time = _time("When it is tried again")
    hosts = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(),
        required=True,
        metadata=_about(
            "Per host: status, operation, detail, seconds, attempt, and the `limit` in seconds of "
            "an operation that is running"
        ),
    )
    error = fields.Dict(required=True, allow_none=True)
    findings = fields.List(
        fields.Nested(FindingSchema),
        required=True,
        metadata=_about("What the step had to say though it succeeded: warnings and notes"),
    )


class JobQuorumSchema(Schema):
    """The quorum before the change, as last observed, and as it should be afterwards."""

    before = fields.Nested(QuorumSchema, required=True, allow_none=True)
    now = fields.Nested(QuorumSchema, required=True, allow_none=True)
    expected = fields.Nested(QuorumSchema, required=True, allow_none=True)


class JobRowSchema(Schema):
    """A job in a list."""

    id = _text()
    cluster = _text()
    kind = _text()
    status = fields.Enum(JobStatus, by_value=True, required=True)
    finished_for_now = _yes_or_no("Whether nothing moves until a person asks for it")
    seq = _number("The number of its last event")
    position = _number("Place in the cluster's queue, from 1; 0 when it does not wait")
    waits_for = fields.String(
        required=True, allow_none=True, metadata=_about("The job that holds the cluster")
    )
    created = _moment("When it was accepted")
    created_time = _time("When it was accepted")
    started = _moment("When it first began")
    started_time = _time("When it first began")
    finished = _moment("When it ended")
    finished_time = _time("When it ended")
    running_since = _moment("When it went on last; null while it rests")
    running_since_time = _time("When it went on last; null while it rests")
    seconds = _seconds(
        "Time at work before it last came to rest, waits for a next attempt included"
    )
    waited_seconds = _seconds("In between: for a person, or for its turn in the queue")
    reason = _text("Why, as the request said")
    next_action = _text("What to do next")
    links = LinksField()


class JobSchema(JobRowSchema):
    """One change being carried out."""

    params = fields.Dict(required=True)
    epoch = _number("Counts the retries and rollbacks, from 1")
    accept = fields.List(
        fields.String(),
        required=True,
        metadata=_about("Codes of findings that were accepted, with the change or with a retry"),
    )
    acceptable = fields.List(
        fields.String(),
        required=True,
        metadata=_about("Codes of the findings that ended it, and that a retry may accept"),
    )
    on_failure = _text(validate=validate.OneOf(["stop", "rollback"]))
    trace_id = _text("Of the request that made it (W3C Trace Context); in every log line of it")
    plan_digest = _text()
    findings = fields.List(
        fields.Nested(FindingSchema),
        required=True,
        metadata=_about(
            "What the plan, and the steps that succeeded, had to say; of each step also in `steps`"
        ),
    )
    quorum = fields.Nested(JobQuorumSchema, required=True)
    steps = fields.List(fields.Nested(StepSchema), required=True)
    error = fields.Dict(
        required=True,
        allow_none=True,
        metadata=_about(
            "The failed step, and what to do; of each failed host in `failures` the `operation` (a "
            "title), the `command` (a redacted shell line), its `exit_code` and last `lines`"
        ),
    )
    actions = fields.List(
        fields.Nested(ActionSchema),
        required=True,
        metadata=_about("What `next_action` comes down to"),
    )
    not_taken = fields.Dict(
        metadata=_about(
            "Of a change that a job carries out already: what this request says otherwise, by "
            "field, and which the job does not take over"
        )
    )


class JobListSchema(Schema):
    """A page of jobs, newest first."""

    jobs = fields.List(fields.Nested(JobRowSchema), required=True)


class ClusterSchema(Schema):
    """What a cluster is meant to be, and how it was last seen."""

    name = _text()
    environment = fields.Enum(Environment, by_value=True, required=True)
    topology = fields.Enum(Topology, by_value=True, required=True)
    channel = _text("The snap channel of MicroK8s")
    control_plane = fields.List(fields.String(), required=True)
    workers = fields.List(fields.String(), required=True)
    formed = _yes_or_no("Whether a job has formed it to the end")
    quorum = fields.Nested(
        QuorumSchema, required=True, allow_none=True, metadata=_about("As last observed")
    )
    observation = fields.Dict(
        required=True, allow_none=True, metadata=_about("Nodes and members as last seen")
    )
    observed_at = _moment("When it was last seen")
    observed_time = _time("When it was last seen")
    links = LinksField()


class ClusterListSchema(Schema):
    """A page of clusters, by name."""

    clusters = fields.List(fields.Nested(ClusterSchema), required=True)


class MemberSchema(Schema):
    """One entry of the datastore's member list."""

    host = _text()
    role = _text("voter, stand-by or spare")
    alive = _yes_or_no("Whether it answers")


class WhatIfSchema(Schema):
    """What the quorum guard says to one operation, and how the members would stand after it."""

    operation = _text()
    host = _text()
    allowed = _yes_or_no("Whether the guard would let it begin")
    reason = _text("Why not")
    advice = _text("What to do instead")
    after = fields.Nested(QuorumSchema, required=True)
    explain = _text("What the members would survive after it")


class QuorumAnswerSchema(Schema):
    """The quorum as last observed, and what would become of it."""

    cluster = _text()
    observed_at = _moment("When the members were seen")
    observed_time = _time("When the members were seen")
    members = fields.List(fields.Nested(MemberSchema), required=True)
    now = fields.Nested(QuorumSchema, required=True)
    settled = _yes_or_no("Whether dqlite has no role left to change")
    explain = _text("What so many control plane nodes give")
    what_if = fields.List(fields.Nested(WhatIfSchema), required=True)


class ErrorRowSchema(Schema):
    """One fault of a request."""

    pointer = _text("JSON pointer of the field; a query's parameter stands at the top")
    detail = _text("What is wrong with it")


class ProblemSchema(Schema):
    """A problem document (RFC 9457); `type` leads to a page that explains it."""

    class Meta:
        """Further members belong to some types only."""

        unknown = INCLUDE

    type = _text("Names the problem")
    title = _text()
    status = _number("The HTTP status")
    detail = _text("What happened this time")
    instance = _text("The path that was asked for")
    advice = _text("What to do next")
    actions = fields.List(
        fields.Nested(ActionSchema), required=True, metadata=_about("What the advice comes down to")
    )
    errors = fields.List(fields.Nested(ErrorRowSchema))
    findings = fields.List(fields.Nested(FindingSchema))
    links = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        metadata=_about("`job` leads to the job that is in the way, if one is"),
    )
    findings_left_out = fields.Integer(
        metadata=_about("Findings beyond the first 100, which are not told")
    )


class CheckSchema(Schema):
    """One check of the server's readiness."""

    status = _text(validate=validate.OneOf(["pass", "warn", "fail"]))
    detail = _text()


class HealthSchema(Schema):
    """Whether the server can do its work."""

    status = _text(validate=validate.OneOf(["pass", "warn", "fail"]))
    checks = fields.Dict(keys=fields.String(), values=fields.Nested(CheckSchema), required=True)
