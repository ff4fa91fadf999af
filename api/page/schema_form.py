"""A form out of a schema: which fields it has, and how what was typed becomes a request's values.

So a new kind of change has its form at once, and a form cannot know other fields than the API.
What can be chosen comes from what a field means. Pure: which names there are is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from marshmallow import Schema, fields, missing, validate
from werkzeug.datastructures import MultiDict

from cluster.meanings import FreeHost, Meaning, Named


class Input(StrEnum):
    """How a field is shown."""

    TEXT = "text"
    NUMBER = "number"
    SELECT = "select"
    CHECK = "check"
    YES_OR_NO = "yes-or-no"  # or neither
    NAME = "name"  # one of the names that there are
    NAMES = "names"  # any number of them
    HOSTS = "hosts"  # any number of free hosts
    LINES = "lines"  # one value a line
    PAIRS = "pairs"  # key=value, one a line
    HOST_PAIRS = "host-pairs"  # host key=value, one a line
    HOST_LINES = "host-lines"  # host value, one a line


LONG = frozenset({Input.LINES, Input.PAIRS, Input.HOST_PAIRS, Input.HOST_LINES})
"""What is typed in lines."""
MOST_TOLD = 10
"""Names that a field's help tells where they cannot be chosen."""
Choices = Mapping[Meaning, Sequence[str]]
"""The names that there are, by what they stand for."""
YES_OR_NO = {"yes": True, "no": False}
EXAMPLES = {
    Input.LINES: "one a line",
    Input.PAIRS: "one key=value a line",
    Input.HOST_PAIRS: "one a line: host key=value",
    Input.HOST_LINES: "one a line: host, then the value",
}


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form, with what was typed and what is wrong with it."""

    name: str
    label: str
    help: str
    input: Input
    required: bool
    default: str = ""
    values: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def optional(self) -> bool:
        """Whether it may be left empty, and is to begin with."""
        return not self.required and not self.default

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""

    @property
    def is_long(self) -> bool:
        """Whether it takes lines."""
        return self.input in LONG


def fields_of(schema: Schema, choices: Choices | None = None) -> tuple[FormField, ...]:
    """Return the fields of a schema; names of a meaning in ``choices`` can be chosen."""
    return tuple(_field(name, found, choices or {}) for name, found in schema.fields.items())


def _field(name: str, found: Any, known: Choices) -> FormField:
    meaning = meaning_of(found)
    names = tuple(known.get(meaning, ())) if meaning else ()
    kind = _input(found, bool(names))
    choices = names if kind in {Input.NAME, Input.NAMES, Input.HOSTS} else ()
    if kind is Input.SELECT:
        choices = _words(found)
    elif kind is Input.YES_OR_NO:
        choices = tuple(YES_OR_NO)
    initial = _initial(found)
    description = str(found.metadata.get("description", "")).replace("`", "")
    example = EXAMPLES.get(kind, "").replace("one key", "one node" if meaning else "one key")
    available = f"there are {', '.join(names[:MOST_TOLD])}" if names and kind in LONG else ""
    return FormField(
        name=name,
        label=name.replace("_", " ").capitalize(),
        help="; ".join(text for text in (description, example, available) if text),
        input=kind,
        required=bool(found.required),
        default=initial,
        values=(initial,) if initial else (),
        choices=choices,
    )


def _words(found: Any) -> tuple[str, ...]:
    """Return the words of which a field takes one; none where any text may be typed."""
    if isinstance(found, fields.Enum):
        return tuple(str(one.value) for one in found.enum)
    rules = found.validators if isinstance(found, fields.String) else ()
    one_of = (rule.choices for rule in rules if isinstance(rule, validate.OneOf))
    return tuple(str(word) for choices in one_of for word in choices)


def _initial(found: Any) -> str:
    """Return what the schema takes when nothing is said, where that is one word."""
    default = found.load_default
    return "" if default in (missing, None) or callable(default) else str(default)


def meaning_of(found: Any) -> Meaning | None:
    """Return what the names in a field mean: of itself, of its list, or of its keys."""
    if isinstance(found, fields.List):
        found = found.inner
    elif isinstance(found, fields.Mapping):
        found = found.key_field
    return found.meaning if isinstance(found, Named) else None


def _input(found: Any, choose: bool) -> Input:
    if _words(found):
        return Input.SELECT
    if isinstance(found, fields.List):
        if isinstance(found.inner, FreeHost):
            return Input.HOSTS
        return Input.NAMES if choose else Input.LINES
    if isinstance(found, fields.Mapping):
        if isinstance(found.value_field, fields.Mapping):
            return Input.HOST_PAIRS
        return Input.HOST_LINES if isinstance(found.value_field, fields.List) else Input.PAIRS
    if isinstance(found, fields.Boolean):
        return Input.YES_OR_NO if found.allow_none else Input.CHECK
    if isinstance(found, fields.Integer):
        return Input.NUMBER
    return Input.NAME if choose else Input.TEXT


def filled(
    form: Sequence[FormField],
    typed: MultiDict[str, str],
    errors: Mapping[str, Sequence[str]],
    *,
    is_sent: bool = True,
) -> tuple[FormField, ...]:
    """Return the fields with what was typed, and with what is wrong there.

    What a form that was sent does not name was left empty; what a link leaves out is as it begins.
    """
    return tuple(
        replace(
            field,
            values=tuple(typed.getlist(field.name))
            if field.name in typed or (typed and is_sent)
            else field.values,
            errors=tuple(errors.get(field.name, ())),
        )
        for field in form
    )


def values_of(
    form: Sequence[FormField], typed: MultiDict[str, str]
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Return what was typed as a request says it, and by field what could not be read.

    What was left empty is left out: then the schema's own default holds.
    """
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for field in form:
        try:
            value = _value(field.input, typed.getlist(field.name))
        except ValueError as error:
            errors[field.name] = [str(error)]
            continue
        if value not in ("", [], {}):
            values[field.name] = value
    return values, errors


def _value(kind: Input, typed: Sequence[str]) -> Any:
    lines = typed[0] if typed else ""
    text = lines.strip()
    match kind:
        case Input.HOSTS | Input.NAMES:
            return list(typed)
        case Input.YES_OR_NO:
            return YES_OR_NO.get(text, text)
        case Input.CHECK:
            return text == "true"
        case Input.NUMBER:
            return _number(text)
        case Input.LINES:
            return [line for _, line in _lines(lines)]
        case Input.PAIRS:
            return dict(_pair(place, line) for place, line in _lines(lines))
        case Input.HOST_PAIRS | Input.HOST_LINES:
            return _per_host(lines, pairs=kind is Input.HOST_PAIRS)
        case _:
            return text


def _number(text: str) -> int | str:
    if not text:
        return ""
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ValueError(f"cannot use {text[:80]!r}: give a whole number")
    return int(text)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that say something, with their numbers."""
    for place, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield place, line.strip()


def _pair(place: int, text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise ValueError(f"cannot read line {place}: it has no = between key and value")
    return key.strip(), value.strip()


def _per_host(text: str, *, pairs: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place, line in _lines(text):
        host, _, rest = line.partition(" ")
        if not rest.strip():
            raise ValueError(f"cannot read line {place}: a host comes first, then a space")
        if pairs:
            key, value = _pair(place, rest.strip())
            found.setdefault(host, {})[key] = value
        else:
            found.setdefault(host, []).append(rest.strip())
    return found
