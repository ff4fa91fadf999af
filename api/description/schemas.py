"""What requests say: bodies and queries, checked before anything is planned or stored."""

import re
import unicodedata
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from api.http.blueprint import invalid
from api.http.paging import page_cursor, page_size
from api.http.pointers import cut, pointers
from cluster.catalogue import ACCEPTABLE, OVERRIDABLE
from cluster.names import (
    DNS_LABEL,
    HostName,
    Pattern,
    longest,
)
from workflows.kinds import KINDS
from workflows.planner import normalised
from workflows.states import JobStatus

FINDING_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
JOB_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
LONGEST_REASON = 1000
PLAIN_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]*$"
"""What `_plain_text` lets through, as far as a pattern of OpenAPI can say it."""
LONGEST_WAIT = 60
MOST_APPROVAL_HOURS = 720
MOST_ACCEPTED = 50
MOST_HOSTS, MOST_CLUSTERS = 1000, 200
"""Of one page."""
USUAL_HOSTS, USUAL_CLUSTERS = 200, 50
"""Of a page when nothing is said: so many are told in some tens of milliseconds."""
NAME_BEGUN = re.compile(r"[a-z0-9-]{0,63}", re.ASCII)
NOT_PLAIN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of signs that are not seen, or change what is seen."""
LARGEST_SEQ = 2**53


def _plain_text(text: str) -> None:
    """Refuse what cannot be stored, or would steer a terminal or turn a line around.

    Control and format characters, separators of lines and paragraphs, and lone surrogates.
    """
    for place, sign in enumerate(text):
        if unicodedata.category(sign) in NOT_PLAIN and sign not in "\n\t":
            raise ValidationError(f"cannot use {sign!a} at place {place}: plain text only")


def _acceptable(code: str) -> None:
    """Refuse a code that overrides nothing, whatever is found: it would only seem to be heard."""
    if code not in ACCEPTABLE:
        can = ", ".join(sorted(OVERRIDABLE))
        raise ValidationError(f"cannot accept {code}: of refusals these can be: {can}")


class OneOf(validate.OneOf):
    """One of few words; of what was sent instead, the beginning is told."""

    def _format_error(self, value: Any) -> str:
        return super()._format_error(cut(str(value)))


def reason_field(description: str) -> fields.String:
    """Return a field for what a person says of why."""
    return fields.String(
        load_default="",
        validate=[
            validate.Length(
                max=LONGEST_REASON, error="cannot keep the reason: it has 1000 characters at most"
            ),
            _plain_text,
        ],
        metadata={"description": description, "pattern": PLAIN_TEXT},
    )


class VerbSchema(Schema):
    """What is said with a request to a job: nothing; the body may be left out."""

    body_is_optional = True


def _lost_hosts(description: str) -> fields.List[str]:
    return fields.List(
        HostName(),
        load_default=list,
        validate=longest(MOST_HOSTS, "hosts"),
        metadata={"description": description},
    )


class RetrySchema(VerbSchema):
    """What is said with a retry; the body may be left out."""

    accept = fields.List(
        Pattern(FINDING_CODE, "name the code of a finding, for example memory-too-small"),
        load_default=list,
        validate=longest(MOST_ACCEPTED, "findings"),
        metadata={
            "description": "Codes of findings that ended the job and shall not do so again: of "
            "those in `acceptable`; with `without`, also of what planning finds then"
        },
    )
    without = _lost_hosts(
        "Hosts of the change that are lost for good and no nodes yet: the job goes on without "
        "them, and their reservations end with the job's"
    )


class RollbackSchema(VerbSchema):
    """What is said with a rollback; the body may be left out."""

    without = _lost_hosts(
        "Hosts of the job that are lost for good: nothing is undone on them, and their "
        "reservations end with the job's"
    )


class ApproveSchema(VerbSchema):
    """What is said with an approval; the body may be left out."""

    plan_digest = Pattern(
        DIGEST,
        "a digest is sha256: and 64 hexadecimal digits, as in a plan",
        metadata={"description": "Approve only this plan; it is the job's `plan_digest`"},
    )


class RejectSchema(VerbSchema):
    """What is said with a rejection; the body may be left out."""

    reason = reason_field("Why; shown with the job")


def _known_kind(name: str) -> None:
    if name not in KINDS:
        raise ValidationError(
            f"cannot use kind {name[:80]}: it is one of {', '.join(sorted(KINDS))}"
        )


class ChangeRequestSchema(Schema):
    """One modification of one cluster."""

    place = ""
    """The pointer of the change where it stands inside of another document."""

    kind = fields.String(required=True, validate=_known_kind)
    params = fields.Dict(required=True, metadata={"description": "What the kind asks for"})
    accept = fields.List(
        Pattern(
            FINDING_CODE,
            "name the code of a finding, for example prod-without-ha",
            validate=_acceptable,
        ),
        load_default=list,
        validate=longest(MOST_ACCEPTED, "findings"),
        metadata={"description": "Codes of acceptable findings that shall not refuse the change"},
    )
    on_failure = fields.String(
        load_default="stop",
        validate=OneOf(
            ["stop", "rollback"], error="cannot use {input}: on_failure is stop or rollback"
        ),
        metadata={
            "description": "`stop` keeps what is done, `rollback` undoes it, last step first"
        },
    )
    reason = reason_field("Why; shown with the job")
    approve_within = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(
            0,
            MOST_APPROVAL_HOURS,
            error=f"cannot wait so long for an approval: 0 to {MOST_APPROVAL_HOURS} hours",
        ),
        metadata={
            "description": "Hours in which somebody has to approve the plan before it begins; "
            "until then the job holds nothing, and later it is expired. 0: nobody has to"
        },
    )
    plan_digest = Pattern(
        DIGEST,
        "a digest is sha256: and 64 hexadecimal digits, as in a plan",
        metadata={"description": "Carry out only this plan; it was answered by .../plans"},
    )

    @post_load
    def _read_params(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Read ``params`` by the schema of ``kind``; what was left out is in them then."""
        kind = KINDS[data["kind"]]
        try:
            return data | {"params": normalised(kind, data["params"])}
        except ValidationError as error:
            raise invalid(pointers(error.messages, kind.schema(), f"{self.place}/params")) from None


class PlanQuerySchema(Schema):
    """Whether the hosts of a plan are to be asked, and what is told of them."""

    check = fields.Boolean(
        load_default=False,
        metadata={
            "description": "Ask the hosts too, and answer when that is done: up to 50 s, then 202 "
            "with the job that asks them"
        },
    )
    changes = fields.Boolean(
        load_default=False,
        metadata={"description": "Tell of each step in sentences what it changes on each host"},
    )


class JobsQuerySchema(Schema):
    """Which jobs to list."""

    cluster = HostName()
    status = fields.Enum(JobStatus, by_value=True)
    per_page = page_size("jobs", usual=50, most=200)
    cursor = page_cursor(JOB_ID)


def _begun() -> Pattern:
    return Pattern(
        NAME_BEGUN,
        "a name has characters of a-z, 0-9 and '-', 63 at most",
        load_default="",
        metadata={"description": "Only those whose names begin with this"},
    )


class HostsQuerySchema(Schema):
    """Which page of the inventory to list."""

    per_page = page_size("hosts", usual=USUAL_HOSTS, most=MOST_HOSTS)
    cursor = page_cursor(DNS_LABEL)
    begun = _begun()
    free = fields.Boolean(
        load_default=False,
        metadata={"description": "Only hosts that are in no cluster"},
    )


class ClustersQuerySchema(Schema):
    """Which page of the clusters to list."""

    per_page = page_size("clusters", usual=USUAL_CLUSTERS, most=MOST_CLUSTERS)
    cursor = page_cursor(DNS_LABEL)
    begun = _begun()


class JobQuerySchema(Schema):
    """Whether to wait for news of a job."""

    wait = fields.Integer(
        load_default=0,
        validate=validate.Range(
            0, LONGEST_WAIT, error="cannot wait {input} s: 0 to 60 are possible"
        ),
        metadata={"description": "Seconds to wait for an event after `after`; then 304"},
    )
    after = fields.Integer(
        validate=validate.Range(0, LARGEST_SEQ, error="cannot use {input}: a seq counts from 0"),
        metadata={
            "description": "The `seq` of the job as last seen; the current one when left out"
        },
    )


class EventsQuerySchema(Schema):
    """Where to resume a stream of events."""

    after = fields.Integer(
        load_default=0,
        validate=validate.Range(0, LARGEST_SEQ, error="cannot use {input}: a seq counts from 0"),
        metadata={"description": "The last event seen, for clients without `Last-Event-ID`"},
    )
