"""Slack: slash commands, buttons, dialogues and the Events API, all signed alike."""

from typing import Any

from workflows.hooks.reading.documents import (
    first_text,
    form,
    json_object,
    required_text,
    text_at,
)
from workflows.hooks.received import Event, Received, Reply, Unreadable
from workflows.hooks.signing.delivery_ids import digest_of, plain_id
from workflows.hooks.signing.signatures import (
    from_hex,
    marked,
    place_of_signer,
    signed_header,
)
from workflows.hooks.signing.timestamps import fresh_timestamp
from workflows.hooks.source import Secrets, Source

SIGNATURE, TIMESTAMP = "X-Slack-Signature", "X-Slack-Request-Timestamp"
COMMAND = "slash_command"
"""What a command is called here, since Slack has no word for it in the request."""


def verify(received: Received, secrets: Secrets) -> int:
    timestamp = fresh_timestamp(received, TIMESTAMP)
    given = from_hex(marked(signed_header(received, SIGNATURE), "v0="))
    content = f"v0:{timestamp}:".encode() + received.body
    return place_of_signer(secrets, [given], content, f"header {SIGNATURE}")


def greet(received: Received, secrets: Secrets) -> Reply | None:
    if b"url_verification" not in received.body:
        return None
    verify(received, secrets)
    try:
        document = json_object(received.body)
    except Unreadable:
        return None
    challenge = text_at(document, "challenge")
    if document.get("type") != "url_verification" or not challenge:
        return None
    return Reply({"challenge": challenge})


def translate(received: Received) -> tuple[Event, ...]:
    """Return the command, the press, the dialogue or the event, without Slack's old ``token``."""
    if received.body.lstrip()[:1] == b"{":
        return (_of_events_api(_without_token(json_object(received.body))),)
    fields = _without_token(form(received.body))
    if "payload" in fields:
        return (_of_interaction(_without_token(json_object(fields["payload"]))),)
    name = plain_id(fields.get("trigger_id", ""))
    return (Event(COMMAND, fields, id=name, subject=required_text(fields, "command")),)


def key(received: Received, event: Event) -> str:
    return event.id or digest_of(received, SOURCE.name, TIMESTAMP)


def answer(text: str) -> Reply:
    """Tell whoever has asked, and nobody else of the channel."""
    # Otherwise what others have written could name people, or be a link to somewhere else.
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return Reply({"response_type": "ephemeral", "text": plain})


def _of_events_api(document: dict[str, Any]) -> Event:
    kind = required_text(document, "event", "type")
    subject = first_text(document, [["event", "channel"], ["event", "user"]])
    return Event(kind, document, id=plain_id(text_at(document, "event_id")), subject=subject)


def _of_interaction(document: dict[str, Any]) -> Event:
    actions = document.get("actions")
    pressed = actions[0] if isinstance(actions, list) and actions else None
    subject = text_at(pressed, "action_id") or text_at(document, "view", "callback_id")
    name = plain_id(text_at(document, "trigger_id"))
    return Event(required_text(document, "type"), document, id=name, subject=subject)


def _without_token(document: dict[str, Any]) -> dict[str, Any]:
    # It is deprecated and verifies nothing here; what is not kept cannot leak.
    return {name: value for name, value in document.items() if name != "token"}


SOURCE = Source(
    "slack", "Slack", verify, translate, key, greet, answer, answer_seconds=3, makes_secrets=False
)
