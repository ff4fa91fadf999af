"""What requests say of subscriptions."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from api.http.paging import page_cursor, page_size
from cluster.names import HostName, Pattern, longest
from cluster.spec import Environment
from workflows.deliveries.subscription import DeliveryState, Wish
from workflows.kinds import KINDS
from workflows.notifiers.known import NOTIFIERS
from workflows.notifiers.urls import LONGEST_URL
from workflows.notifiers.webhook import BODY, FORMS
from workflows.states import JobStatus

MOST_STARS = 4
CLUSTERS = re.compile(r"[a-z0-9*?-]{1,63}", re.ASCII)
EVENT = re.compile(r"(?:job|step|host|cluster|\*)[a-z.*-]{0,60}", re.ASCII)
JOB = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
SECRET = re.compile(r"[!-~](?:[ -~]{0,510}[!-~])?", re.ASCII)
"""Some receivers have two in one, with a blank between them."""
CURSOR = re.compile(r"[0-9]{1,15}\.[a-z0-9-]{1,64}\.[0-9]{1,9}", re.ASCII)
SETTING = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
MOST_EVENTS, MOST_SETTINGS = 20, 20
USUAL_OVERLAP_HOURS, MOST_OVERLAP_HOURS = 24, 7 * 24


def _few_stars(text: str) -> None:
    if text.count("*") > MOST_STARS:
        raise ValidationError(
            f"cannot use a pattern with {text.count('*')} times *: it has {MOST_STARS} at most"
        )


def check_settings(notifier: str, settings: Mapping[str, str]) -> None:
    """Raise ``ValidationError`` for settings that a kind of receiver does not have."""
    found = NOTIFIERS.get(notifier)
    if found and found.takes is not None:
        known = ", ".join(sorted(found.takes)) or "none"
        text = f"cannot use it: {found.title} has the settings {known}"
        if unknown := [name for name in settings if name not in found.takes]:
            raise ValidationError({"settings": {name: {"key": [text]} for name in unknown}})
    if notifier != "webhook":
        return
    for name, value in settings.items():
        if name != BODY:
            text = f"cannot use {name}: a webhook has the setting {BODY} only"
            raise ValidationError({"settings": {name: {"key": [text]}}})
        if value not in FORMS:
            text = f"cannot use {value[:80]!r}: it is one of {', '.join(FORMS)}"
            raise ValidationError({"settings": {name: {"value": [text]}}})


class SubscriptionRequestSchema(Schema):
    """A receiver that is to be told of what happens."""

    name = HostName(required=True, metadata={"description": "What it is called from then on"})
    notifier = fields.String(
        load_default="webhook",
        validate=validate.OneOf(sorted(NOTIFIERS)),
        metadata={"description": "The kind of receiver"},
    )
    url = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_URL),
        metadata={"description": "Its address; it stands in a file of the data directory only"},
    )
    secret = Pattern(
        SECRET,
        "a secret has 1 to 512 printable signs, and no blank at either end",
        metadata={"description": "What it signs with, or is let in with; a webhook's is made here"},
    )
    clusters = Pattern(
        CLUSTERS,
        "clusters is a pattern of names, as shells have them, for example test-*",
        load_default="*",
        validate=_few_stars,
        metadata={"description": "A pattern of the names of clusters that it is told of"},
    )
    kinds = fields.List(
        fields.String(validate=validate.OneOf(sorted(KINDS))),
        load_default=list,
        validate=longest(len(KINDS), "kinds"),
        metadata={"description": "Kinds of change; all without it"},
    )
    events = fields.List(
        Pattern(
            EVENT,
            "a type of events begins with job, step, host or cluster, as in job.succeeded or job.*",
            validate=_few_stars,
        ),
        load_default=list,
        validate=[
            validate.Length(1, error="cannot tell of no event: leave events out for all of jobs"),
            longest(MOST_EVENTS, "events"),
        ],
        metadata={
            "description": "Patterns of types; without it those of jobs, of a chat also steps"
        },
    )
    statuses = fields.List(
        fields.Enum(JobStatus, by_value=True),
        load_default=list,
        validate=longest(len(JobStatus), "statuses"),
        metadata={"description": "Statuses that a job came to; all without it"},
    )
    environments = fields.List(
        fields.Enum(Environment, by_value=True),
        load_default=list,
        validate=longest(len(Environment), "environments"),
        metadata={"description": "Environments of clusters; all without it"},
    )
    source = HostName(
        load_default="",
        or_empty=True,
        metadata={"description": "Only jobs that this sender of events has asked for"},
    )
    job = Pattern(
        JOB,
        "the whole id of a job",
        load_default="",
        or_empty=True,
        metadata={"description": "Only this job"},
    )
    once = fields.Boolean(
        truthy={True},
        falsy={False},
        load_default=False,
        metadata={"description": "Whether the first event that fits is the last one"},
    )
    settings = fields.Dict(
        keys=Pattern(SETTING, "a setting's name has a-z, 0-9 and _"),
        values=fields.String(validate=validate.Length(max=200)),
        load_default=dict,
        validate=longest(MOST_SETTINGS, "settings"),
        metadata={"description": f"What its kind needs more; of a webhook `{BODY}`; no secrets"},
    )

    @validates_schema
    def _check_settings(self, values: dict[str, Any], **_: Any) -> None:
        check_settings(values.get("notifier", ""), values.get("settings", {}))

    @post_load
    def _wish(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Put what it is told of into one value."""
        values = values | {"events": values["events"] or NOTIFIERS[values["notifier"]].events}
        named = _named(values)
        rest = {name: value for name, value in values.items() if name not in named}
        return rest | {"wish": Wish(**named)}


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a request says of what is told, as ``Wish`` has it."""
    return {
        name: tuple(map(str, value)) if isinstance(value, list) else value
        for name, value in values.items()
        if name in Wish.__dataclass_fields__
    }


class SubscriptionChangeSchema(SubscriptionRequestSchema):
    """What a receiver is to be told of from then on; what is left out stays as it is."""

    class Meta:
        """Its address is another receiver, and its secret is rotated."""

        exclude = ("name", "notifier", "url", "secret")

    @post_load
    def _wish(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        rest = {name: value for name, value in values.items() if name == "settings"}
        return rest | _named(values)


class RotateSecretSchema(Schema):
    """What takes the place of a receiver's secret; without a body, one that is made here."""

    body_is_optional = True

    secret = Pattern(
        SECRET,
        "a secret has 1 to 512 printable signs, and no blank at either end",
        metadata={"description": "The new one; a webhook's is made here without it"},
    )
    overlap_hours = fields.Integer(
        strict=True,
        load_default=USUAL_OVERLAP_HOURS,
        validate=validate.Range(
            0,
            MOST_OVERLAP_HOURS,
            error=f"cannot sign with both for {{input}} hours: it is 0 to {MOST_OVERLAP_HOURS}",
        ),
        metadata={"description": "How long deliveries are signed with the former one as well"},
    )


class DeliveriesQuerySchema(Schema):
    """Which deliveries to list."""

    state = fields.Enum(
        DeliveryState,
        by_value=True,
        load_default=None,
        metadata={"description": "Only those of a state"},
    )
    per_page = page_size("deliveries", usual=200, most=1000)
    cursor = page_cursor(CURSOR)
