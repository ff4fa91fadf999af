"""What requests and answers about maintenance windows and freezes look like."""

import re
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from api.description.asked_moments import AskedMoment
from api.description.members import LinksField, about, text_field, time_field, yes_or_no_field
from api.description.schemas import reason_field
from cluster.names import Pattern, longest
from cluster.spec import Environment
from workflows.hours import DAYS, zone_of
from workflows.kinds import KINDS
from workflows.windows.calendar import Reach

CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
CLUSTERS = re.compile(r"[a-z0-9*?-]{1,63}", re.ASCII)
ZONE = re.compile(r"[A-Za-z0-9_+/-]{1,60}", re.ASCII)


def time_zone_field(description: str, **kwargs: Any) -> Pattern:
    """Return a field for the name of a time zone."""
    return Pattern(
        ZONE,
        "a time zone is such as Europe/Berlin or UTC",
        validate=_known_zone,
        metadata=about(description),
        **kwargs,
    )


def _known_zone(name: str) -> None:
    if zone_of(name) is None:
        raise ValidationError(
            f"cannot use {name!r}: there is no such time zone; name one as Europe/Berlin or UTC"
        )


def _clock_field(description: str) -> Pattern:
    return Pattern(
        CLOCK, 'a time of day is such as "08:00"', required=True, metadata=about(description)
    )


class ReachSchema(Schema):
    """The clusters that something is for."""

    clusters = Pattern(
        CLUSTERS,
        "clusters is a pattern of names, as shells have them, of a-z, 0-9, '-', '*' and '?', for "
        "example prod-*",
        load_default="*",
        metadata=about("A pattern of the names of clusters that it is for"),
    )
    environments = fields.List(
        fields.Enum(Environment, by_value=True),
        load_default=lambda: list(Environment),
        validate=[
            validate.Length(1, error="cannot use no environment: leave it out for all of them"),
            longest(3, "environments"),
        ],
        metadata=about("The environments of clusters that it is for; all without it"),
    )


def reach_of(values: dict[str, Any]) -> Reach:
    """Return the clusters of checked values."""
    return Reach(values["clusters"], frozenset(values["environments"]))


class WindowRequestSchema(ReachSchema):
    """Hours of the week in which jobs of some clusters may begin."""

    days = fields.List(
        fields.String(validate=validate.OneOf(DAYS)),
        load_default=lambda: list(DAYS),
        validate=[
            validate.Length(1, error="cannot use no day: name one at least"),
            longest(7, "days"),
        ],
        metadata=about("The days on which it begins; all of them without it"),
    )
    begin = _clock_field("When it begins")
    end = _clock_field("When it ends; on the next day where that is not after its beginning")
    timezone = time_zone_field("Whose clocks show these times", load_default="UTC")


class FreezeRequestSchema(ReachSchema):
    """A time in which no job of some clusters begins."""

    begin = AskedMoment("When it begins, RFC 3339; now without it")
    until = AskedMoment("The first moment that is not in it any more", required=True)
    reason = reason_field("Why; shown with each job that waits")
    kinds_except = fields.List(
        fields.String(validate=validate.OneOf(sorted(KINDS))),
        load_default=list,
        validate=longest(len(KINDS), "kinds"),
        metadata=about("Kinds of change that it does not keep back"),
    )

    @validates_schema
    def _check_order(self, data: dict[str, Any], **_: Any) -> None:
        begin, until = data.get("begin"), data.get("until")
        if isinstance(begin, datetime) and isinstance(until, datetime) and until <= begin:
            raise ValidationError({"until": ["cannot end before it begins: until is not after it"]})

    @post_load
    def _as_is(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data


class _EntrySchema(Schema):
    name = text_field("Names it; a second one of that name takes its place")
    clusters = text_field("The pattern of clusters' names that it is for")
    environments = fields.List(fields.Enum(Environment, by_value=True), required=True)
    links = LinksField()


class WindowSchema(_EntrySchema):
    """A maintenance window."""

    days = fields.List(fields.String(), required=True, metadata=about("Those on which it begins"))
    begin = text_field("When it begins, as clocks of its time zone show it")
    end = text_field("When it ends; on the next day where that is not after its beginning")
    timezone = text_field("Whose clocks show these times")
    open = yes_or_no_field("Whether it is open now")
    changes_time = time_field("When it opens or closes next; null for never")


class FreezeSchema(_EntrySchema):
    """A freeze."""

    begin_time = time_field("When it begins")
    until_time = time_field("The first moment that is not in it any more")
    reason = text_field()
    kinds_except = fields.List(
        fields.String(), required=True, metadata=about("Kinds of change that it keeps not back")
    )
    in_force = yes_or_no_field("Whether it keeps changes back now")


class WindowListSchema(Schema):
    """All windows, by name."""

    windows = fields.List(fields.Nested(WindowSchema), required=True)


class FreezeListSchema(Schema):
    """All freezes, by name."""

    freezes = fields.List(fields.Nested(FreezeSchema), required=True)
