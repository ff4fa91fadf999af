"""Mattermost: slash commands, which show a token, and buttons, which bring back what we signed."""

from typing import Any

from workflows.chat.answers import Asked, Button, Said, Way
from workflows.chat.plain import fenced, for_markdown
from workflows.hooks.reading.documents import (
    first_text,
    form,
    json_object,
    required_text,
    text_at,
    whole_text,
)
from workflows.hooks.received import Event, Received, Reply, Unreadable, Unsigned
from workflows.hooks.signing.button_contexts import (
    NONCE,
    place_of_context_signer,
    signed_context,
)
from workflows.hooks.signing.delivery_ids import digest_of, plain_id
from workflows.hooks.signing.tokens import place_of_bearer
from workflows.hooks.source import Secrets, Source

PRESSED = "pressed"
REPLY_TO = "response_url"
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
    reply_to = text_at(fields, REPLY_TO)
    fields.pop(REPLY_TO, None)
    name, subject = plain_id(text_at(fields, "trigger_id")), required_text(fields, "command")
    return (Event(COMMAND, fields, name, subject, reply_to=reply_to),)


def key(received: Received, event: Event) -> str:
    return event.id or digest_of(received, SOURCE.name)


def heard(event: Event) -> Asked:
    """Return a command, or the press of a button; who it is from are the team and the user."""
    data = event.data
    identity = f"{text_at(data, 'team_id')}:{text_at(data, 'user_id')}"
    channel = text_at(data, "channel_id")
    if event.type == BUTTON:
        pressed, delivery = text_at(data, "context", PRESSED), text_at(data, "trigger_id")
        return Asked(identity, pressed=pressed, channel=channel, delivery=delivery)
    return Asked(identity, whole_text(data, "text"), channel=channel)


def answer(said: Said, way: Way) -> Reply:
    """Tell whoever has asked, and everybody in the channel only where that is meant."""
    drawing = said.drawing and fenced(said.drawing)
    text = "\n".join(filter(None, (for_markdown(said.text), drawing, said.link)))
    buttons = [button_form(one, way) for one in said.buttons] if way.secret else []
    props = {"attachments": [{"actions": buttons}]} if buttons else {}
    if said.to_press:
        if not said.for_all:
            return Reply({"ephemeral_text": text})
        return Reply({"update": {"message": text, "props": props}})
    body: dict[str, Any] = {
        "response_type": "in_channel" if said.for_all else "ephemeral",
        "text": text,
    }
    return Reply(body | ({"props": props} if props else {}))


def button_form(button: Button, way: Way) -> dict[str, Any]:
    """Return a button that brings back what we sign, since Mattermost signs nothing."""
    fields = {"job": button.job, "action": button.verb, PRESSED: button.written}
    nonce = f"{button.nonce}{button.verb}"
    context = signed_context(fields, way.secret, expires=button.expires, nonce=nonce)
    integration = {"url": way.url, "context": context}
    name = button.verb.capitalize()
    return {"id": button.verb, "name": name, "type": "button", "integration": integration}


def _is_press(received: Received) -> bool:
    # A command comes as a form, whose first sign is of a name.
    return received.body.lstrip()[:1] == b"{"


SOURCE = Source(
    *("mattermost", "Mattermost", verify, translate, key),
    answer=answer,
    heard=heard,
    makes_secrets=False,
)
