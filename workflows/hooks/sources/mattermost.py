"""Mattermost: slash commands, which show a token, and buttons, which bring back what we signed."""

from workflows.hooks.reading.documents import first_text, form, json_object, required_text, text_at
from workflows.hooks.received import Event, Received, Reply, Unreadable, Unsigned
from workflows.hooks.signing.button_contexts import NONCE, place_of_context_signer
from workflows.hooks.signing.delivery_ids import digest_of, plain_id
from workflows.hooks.signing.tokens import place_of_bearer
from workflows.hooks.source import Secrets, Source

COMMAND, BUTTON = "slash_command", "button"
"""What the two are called here, since Mattermost has no words for them in the request."""


def verify(received: Received, secrets: Secrets) -> int:
    """Return the place of the secret; who pressed a button is told by Mattermost, unsigned.

    A button is good for its time only, whatever token is shown with it.
    """
    if not _is_press(received):
        return place_of_bearer(received, secrets, "Token")
    try:
        context = json_object(received.body).get("context")
    except Unreadable:
        raise Unsigned(
            "cannot tell whose button this is: its document cannot be read; post a new message"
        ) from None
    return place_of_context_signer(context, secrets, received.at)


def translate(received: Received) -> tuple[Event, ...]:
    if _is_press(received):
        document = json_object(received.body)
        nonce = required_text(document, "context", NONCE)
        subject = first_text(document, [["context", "job"], ["post_id"]])
        return (Event(BUTTON, document, id=plain_id(nonce), subject=subject),)
    fields = form(received.body)
    # The token is the secret, and is not kept.
    fields.pop("token", None)
    name = plain_id(text_at(fields, "trigger_id"))
    return (Event(COMMAND, fields, id=name, subject=required_text(fields, "command")),)


def key(received: Received, event: Event) -> str:
    return event.id or digest_of(received, SOURCE.name)


def answer(text: str) -> Reply:
    """Tell whoever has asked, and nobody else of the channel."""
    return Reply({"response_type": "ephemeral", "text": text})


def _is_press(received: Received) -> bool:
    # A command comes as a form, whose first sign is of a name.
    return received.body.lstrip()[:1] == b"{"


SOURCE = Source(
    "mattermost", "Mattermost", verify, translate, key, answer=answer, makes_secrets=False
)
