"""What requests and answers about rules look like."""

from typing import Any

from marshmallow import Schema, fields, validate

from api.description.asked_moments import AskedMoment
from api.description.hook_answers import chat_field
from api.description.members import about, number_field, text_field, time_field, yes_or_no_field
from cluster.yaml_places import LARGEST_BYTES

LONGEST_NAME = 200


def _file(description: str, **kwargs: Any) -> fields.String:
    return fields.String(
        validate=validate.Length(
            max=LARGEST_BYTES, error=f"cannot take so long a file: {LARGEST_BYTES} bytes at most"
        ),
        metadata=about(description),
        **kwargs,
    )


def _word(description: str, **kwargs: Any) -> fields.String:
    return fields.String(
        validate=validate.Length(
            max=LONGEST_NAME, error=f"cannot use so long a text: {LONGEST_NAME} characters at most"
        ),
        metadata=about(description),
        **kwargs,
    )


class PutRulesSchema(Schema):
    """A rule file that is to replace the present one."""

    text = _file("The whole file, YAML, as it is to be kept with its comments", required=True)
    dry_run = fields.Boolean(
        load_default=False,
        metadata=about("Only say whether the file could be used; nothing is stored"),
    )


class EventRequestSchema(Schema):
    """An event as a rule sees it."""

    type = _word(
        "The sender's own word for what has happened; without it, `data` is read as what the "
        "source sends, where that can be done without its headers",
        load_default="",
    )
    data = fields.Raw(
        required=True, allow_none=True, metadata=about("The JSON document that rules search in")
    )
    id = _word("The sender's own name for it", load_default="")
    subject = _word("What it is about", load_default="")
    is_over = fields.Boolean(
        load_default=False, metadata=about("Whether it tells that something has ended")
    )


class ExplainRulesSchema(Schema):
    """An event, and the rules that it is held against."""

    source = _word("The source that sends it, by its name in the rule file", required=True)
    event = fields.Nested(EventRequestSchema, required=True)
    text = _file("A rule file to try instead of the stored one")
    at = AskedMoment("The moment at which it comes, RFC 3339; now when left out")


class PersonAnswerSchema(Schema):
    """Somebody who writes in a chat."""

    identity = text_field("What the chat calls them by, `TEAM:USER`")
    name = text_field("As they stand in the record of jobs")
    roles = fields.List(fields.String(), required=True)
    clusters = text_field("The pattern of the clusters that the roles are for")
    environments = fields.List(fields.String(), required=True)


class SenderAnswerSchema(Schema):
    """Who may send events, and what these may ask for."""

    name = text_field("The last part of the address that it posts to")
    kind = text_field("Which sort of sender")
    clusters = text_field("The pattern of the clusters that it may change")
    environments = fields.List(fields.String(), required=True)
    kinds = fields.List(
        fields.String(), required=True, metadata=about("The kinds of change that it may ask for")
    )
    approve_within = number_field("Hours for the approval of each of its jobs; 0 without one")
    people = fields.List(
        fields.Nested(PersonAnswerSchema),
        required=True,
        allow_none=True,
        metadata=about("Who writes in it; `null` where it takes no commands"),
    )


class RuleAnswerSchema(Schema):
    """One rule, in short; the file has the whole."""

    name = text_field()
    source = text_field("Whose events it is for")
    kind = text_field("The kind of change that it asks for")
    types = fields.List(fields.String(), required=True, metadata=about("Types of its events"))
    match = fields.String(
        required=True, allow_none=True, metadata=about("JMESPath that is true of its events")
    )
    approve_within = number_field("Hours for the approval of its jobs; 0 without one")
    cool_down = number_field("Seconds within which the same change makes one job")
    during = fields.String(required=True, allow_none=True, metadata=about("When it is awake"))


class FileFaultSchema(Schema):
    """What this version finds wrong with a file that another has taken."""

    line = number_field("From 1")
    column = number_field("From 1")
    pointer = text_field("JSON pointer of the field")
    detail = text_field("What is wrong, and the way out")


class RulesSchema(Schema):
    """The rule file: as it was written, and as it is understood."""

    revision = number_field("Counts how often it was replaced; 0 while there is none")
    text = text_field("As it was written")
    by = text_field("The id of the token that it was written with")
    at = time_field("When it was written")
    stored = yes_or_no_field("Whether this is what is in force; false of a dry run")
    sources = fields.List(fields.Nested(SenderAnswerSchema), required=True)
    rules = fields.List(fields.Nested(RuleAnswerSchema), required=True)
    faults = fields.List(
        fields.Nested(FileFaultSchema),
        required=True,
        metadata=about("Where there are any, no rule is in force until the file is replaced"),
    )


class RuleRowSchema(Schema):
    """What one rule says to the event."""

    rule = text_field()
    matched = yes_or_no_field("Whether it is the one that fits")
    why = text_field("In a sentence")


class WantedChangeSchema(Schema):
    """The change that would be asked for."""

    cluster = text_field()
    kind = text_field()
    params = fields.Dict(required=True)
    accept = fields.List(fields.String(), required=True)
    on_failure = text_field()
    reason = text_field()
    approve_within = number_field("Hours; 0 where nobody has to approve")


class OtherVerdictSchema(Schema):
    """What another event of the same document would lead to."""

    type = text_field("The sender's own word for what has happened")
    subject = text_field("What it is about, in the sender's words; may be empty")
    because = text_field("The whole in a sentence")
    rule = fields.String(required=True, allow_none=True, metadata=about("The one that fits"))


class VerdictSchema(Schema):
    """What an event would lead to; nothing has happened."""

    type = text_field("The type of the event, as it was told or read; may be empty")
    subject = text_field("What it is about, in the sender's words; may be empty")
    others = fields.List(
        fields.Nested(OtherVerdictSchema),
        required=True,
        metadata=about(
            "Of a document that tells of several events, such as alerts: the others. The first of "
            "them that a rule fits is the one that is told whole"
        ),
    )
    because = text_field("The whole in a sentence")
    rule = fields.String(required=True, allow_none=True, metadata=about("The one that fits"))
    change = fields.Nested(WantedChangeSchema, required=True, allow_none=True)
    cool_down = number_field("Seconds within which the same change makes one job")
    chat = chat_field()
    revision = fields.Integer(
        required=True,
        allow_none=True,
        metadata=about("Of the stored rules; null where others were tried"),
    )
    rows = fields.List(
        fields.Nested(RuleRowSchema), required=True, metadata=about("One for each rule, in order")
    )
