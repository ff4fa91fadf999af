"""What a hook answers: what became of each event."""

from marshmallow import Schema, fields, validate

from api.description.answers import FindingSchema
from api.description.members import (
    LinksField,
    about,
    number_field,
    text_field,
    yes_or_no_field,
)
from workflows.hooks.secrets import LONGEST, MOST

OUTCOMES = ("job", "ignored", "refused")


class HookEventSchema(Schema):
    """One event, and what became of it."""

    type = text_field("The sender's own word for what has happened")
    subject = text_field("What it is about, in the sender's words; may be empty")
    outcome = text_field(
        "`job`: a job carries out what a rule asks for; `ignored`: no rule asks for anything; "
        "`refused`: one does, and that cannot be carried out",
        validate=validate.OneOf(OUTCOMES),
    )
    job = fields.String(
        required=True, allow_none=True, metadata=about("The job that carries out the change")
    )
    because = fields.String(
        required=True, allow_none=True, metadata=about("Why there is no job, in a sentence")
    )
    links = LinksField()


class HookAnswerSchema(Schema):
    """Every event of a request, in its order."""

    events = fields.List(fields.Nested(HookEventSchema), required=True)


class HookSchema(Schema):
    """Somebody who may send events."""

    name = text_field("Its name in the rule file")
    kind = text_field("What sort of sender it is")
    title = text_field("The same, as people call it")
    secrets = number_field("How many secrets are good", validate=validate.Range(0, MOST))
    makes_secrets = yes_or_no_field("Whether its secret is made here and entered there")
    links = LinksField()


class HookListSchema(Schema):
    """Everybody who may send events."""

    hooks = fields.List(fields.Nested(HookSchema), required=True)


class NewHookSecretSchema(Schema):
    """A secret that was made by the sender; nothing where one shall be made here."""

    body_is_optional = True

    secret = fields.String(
        validate=validate.Length(1, LONGEST),
        metadata=about("What the sender signs with, where it is made there"),
    )


class HookSecretSchema(HookSchema):
    """A sender that has a further secret."""

    secret = fields.String(
        required=True, allow_none=True, metadata=about("The secret that was made: shown once")
    )


class RetiredSecretsSchema(Schema):
    """Secrets that are good no more."""

    retired = number_field("How many", validate=validate.Range(0, MOST))


class TriedRuleSchema(Schema):
    """What one rule says to an event."""

    rule = text_field("Its name")
    matched = yes_or_no_field("Whether it is the rule that the event leads on")
    why = text_field("In a sentence")


class ChatTrialSchema(Schema):
    """Who has written in a chat, and what they mean."""

    identity = text_field("What the chat calls them by, `TEAM:USER`")
    person = fields.String(
        required=True, allow_none=True, metadata=about("Their name in the rule file, if it has one")
    )
    roles = fields.List(fields.String(), required=True, metadata=about("Their roles"))
    command = fields.String(
        required=True,
        allow_none=True,
        metadata=about("The command as it is understood; `null` where it is not"),
    )
    because = text_field("What would happen, or why nothing would")
    allowed = yes_or_no_field("Whether they may ask for it")


def chat_field() -> fields.Nested:
    """Return a field for what is written in a chat; ``null`` where a rule decides."""
    return fields.Nested(ChatTrialSchema, required=True, allow_none=True)


class TriedEventSchema(Schema):
    """What an event would lead to."""

    type = text_field("The sender's own word for what has happened")
    subject = text_field("What it is about, in the sender's words; may be empty")
    because = text_field("The whole in one sentence")
    rules = fields.List(fields.Nested(TriedRuleSchema), required=True)
    chat = chat_field()
    change = fields.Dict(
        required=True,
        allow_none=True,
        metadata=about("The change that would be asked for, with its `cluster`; `null` if none"),
    )
    allowed = yes_or_no_field("Whether that change would be carried out now")
    findings = fields.List(
        fields.Nested(FindingSchema),
        required=True,
        metadata=about("What planning the change finds"),
    )
    cool_down = number_field(
        "Seconds within which the same change makes no second job; 0 without such a time"
    )


class HookTrialSchema(Schema):
    """Every event of a request, in its order."""

    events = fields.List(fields.Nested(TriedEventSchema), required=True)
