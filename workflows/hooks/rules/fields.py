"""Fields of a rule file: words, expressions, templates, times, hours; pure."""

import re
from collections.abc import Callable
from datetime import time
from typing import Any

from marshmallow import ValidationError, fields, validate

from cluster.field_faults import unknown
from cluster.names import HostName, longest
from cluster.printable import short
from workflows.hooks.rules.durations import seconds_of
from workflows.hooks.rules.expressions import BadExpression, compiled
from workflows.hooks.rules.templates import BadTemplate, Hole, Text, text_template, value_template
from workflows.hours import zone_of

CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
MOST_HOURS = 720
LONGEST_COOL_DOWN = 30 * 86400


class Word(fields.String):
    """One of some words."""

    def __init__(self, known: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = known

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text not in self.known:
            raise ValidationError(unknown(text, self.known))
        return text


class Raised(fields.Field[Any]):
    """A field that a function of ours reads."""

    def __init__(self, read: Callable[[Any], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.read = read

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        del attr, data, kwargs
        return self.read(value)


def expression(value: Any) -> Any:
    try:
        return compiled(_text(value, "a JMESPath expression"))
    except BadExpression as error:
        raise ValidationError(str(error)) from None


def _text(value: Any, wanted: str) -> str:
    if not isinstance(value, str):
        raise ValidationError(f"cannot use {short(repr(value), 80)}: {wanted} is wanted, as a text")
    return value


def duration(value: Any) -> int:
    seconds = seconds_of(_text(value, "a time such as 30m"))
    if seconds is None or seconds > LONGEST_COOL_DOWN:
        raise ValidationError(
            f"cannot use {short(value, 80)!r}: write a number and s, m, h or d, such as 30m; "
            f"{LONGEST_COOL_DOWN // 86400}d at most"
        )
    return seconds


def _template(value: Any) -> Any:
    try:
        return value_template(value)
    except BadTemplate as error:
        raise ValidationError(_nested(error.pointer, str(error))) from None


def params_template(value: Any) -> dict[str, Any]:
    """Return params with their holes; what is wrong with each is told."""
    if not isinstance(value, dict):
        raise ValidationError("cannot use this as params: write name: value for each")
    found, wrong = {}, {}
    for name, one in value.items():
        try:
            found[name] = value_template(one)
        except BadTemplate as error:
            wrong[name] = _nested(error.pointer, str(error))
    if wrong:
        raise ValidationError(wrong)
    return found


def _nested(pointer: str, message: str) -> Any:
    """Return a message in the form in which marshmallow tells of what is further inside."""
    found: Any = [message]
    for part in reversed(pointer.split("/")[1:]):
        found = {part.replace("~1", "/").replace("~0", "~"): found}
    return found


def cluster_template(value: Any) -> Any:
    """Return a name, or the hole for one."""
    if not isinstance(value, dict):
        return HostName().deserialize(value)
    found = _template(value)
    if not isinstance(found, Hole) or found.splits:
        raise ValidationError("cannot use this as cluster: write a name, or {get: JMESPath}")
    return found


def sender_name(name: Any) -> str:
    """Return the name of a source. Raises ``ValidationError``."""
    return str(HostName().deserialize(name))


def reason_template(value: Any) -> Text:
    try:
        return text_template(_text(value, "a reason"))
    except BadTemplate as error:
        raise ValidationError(str(error)) from None


def clock(value: Any) -> time:
    text = _text(value, 'a time of day such as "08:00"')
    if not CLOCK.fullmatch(text):
        raise ValidationError(f'cannot use {short(text, 80)!r}: a time of day is such as "08:00"')
    return time.fromisoformat(text)


def time_zone(value: Any) -> Any:
    found = zone_of(_text(value, "a time zone"))
    if found is None:
        raise ValidationError(
            f"cannot use {short(value, 80)!r}: there is no such time zone; name one as "
            "Europe/Berlin or UTC"
        )
    return found


def approval_field() -> fields.Integer:
    return fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(
            0, MOST_HOURS, error=f"cannot wait so long for an approval: 0 to {MOST_HOURS} hours"
        ),
    )


def some_field(inner: fields.Field[Any], what: str, most: int, **kwargs: Any) -> fields.List[Any]:
    """Return a field for a list with at least one entry."""
    least = validate.Length(min=1, error=f"cannot use an empty list of {what}: name one at least")
    return fields.List(inner, validate=[least, longest(most, what)], **kwargs)
