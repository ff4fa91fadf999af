"""Microsoft Teams: outgoing webhooks, by which a channel's messages come."""

import html
import re

from workflows.hooks.reading.documents import json_object, required_text, text_at
from workflows.hooks.received import Event, Received, Reply
from workflows.hooks.signing.delivery_ids import digest_of, plain_id
from workflows.hooks.signing.signatures import from_base64, place_of_signer, signed_header
from workflows.hooks.signing.tokens import authorization
from workflows.hooks.source import Secrets, Source

_MENTION = re.compile(r"<at[^<>]{0,200}>[^<>]{0,200}</at>")
_TAG = re.compile(r"<[^<>]{0,500}>")


def verify(received: Received, secrets: Secrets) -> int:
    signed_header(received, "Authorization")
    given = from_base64(authorization(received, "HMAC"))
    what = "header Authorization"
    return place_of_signer(secrets, [given], received.body, what, key=_key)


def translate(received: Received) -> tuple[Event, ...]:
    """Return the message; its text is what was typed, without the bot's name and without HTML."""
    document = json_object(received.body)
    kind = required_text(document, "type")
    text = document.get("text")
    if isinstance(text, str):
        document["text"] = _typed(text)
    name = plain_id(text_at(document, "id"))
    return (Event(kind, document, id=name, subject=text_at(document, "conversation", "id")),)


def key(received: Received, event: Event) -> str:
    return event.id or digest_of(received, SOURCE.name)


def answer(text: str) -> Reply:
    """Answer in the channel, as Teams has no other way; its text is HTML."""
    return Reply({"type": "message", "text": html.escape(text)})


def _key(secret: bytes) -> bytes:
    return from_base64(secret.decode("latin-1").strip())


def _typed(text: str) -> str:
    plain = html.unescape(_TAG.sub(" ", _MENTION.sub(" ", text)))
    return " ".join(plain.split())


SOURCE = Source(
    *("teams", "Microsoft Teams", verify, translate, key),
    answer=answer,
    answer_seconds=5,
    makes_secrets=False,
)
