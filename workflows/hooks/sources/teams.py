"""Microsoft Teams: outgoing webhooks, by which a channel's messages come."""

import html
import re
from typing import Any

from workflows.chat.answers import Asked, Said, Way
from workflows.hooks.reading.documents import json_object, required_text, text_at, whole_text
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


def secret_fault(secret: bytes) -> str:
    if _key(secret):
        return ""
    return (
        "cannot use this as a security token: it is no base64; enter the one that Teams showed "
        "when the outgoing webhook was made"
    )


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


def heard(event: Event) -> Asked | None:
    """Return a message; who it is from are the tenant and the user's id in the directory."""
    if event.type != "message":
        return None
    tenant = text_at(event.data, "channelData", "tenant", "id")
    user = text_at(event.data, "from", "aadObjectId")
    channel = text_at(event.data, "conversation", "id")
    return Asked(f"{tenant}:{user}", whole_text(event.data, "text"), channel=channel)


def answer(said: Said, way: Way) -> Reply:
    """Answer in the channel, as Teams has no other way; its text is HTML.

    Its buttons can open an address and nothing else: what may be asked is told as a command.
    """
    del way
    parts = [_html(said.text), said.drawing and f"<pre>{html.escape(said.drawing)}</pre>"]
    parts += [html.escape(said.link)]
    body: dict[str, Any] = {"type": "message", "text": "<br>".join(filter(None, parts))}
    if said.link and said.buttons:
        body["attachments"] = [_card(said.link)]
    return Reply(body)


def _card(link: str) -> dict[str, Any]:
    """Return a card with a button that opens the page."""
    action = {"type": "Action.OpenUrl", "title": "Open the page", "url": link}
    content = {"type": "AdaptiveCard", "version": "1.4", "body": [], "actions": [action]}
    return {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}


def _html(text: str) -> str:
    return html.escape(text).replace("\n", "<br>")


def _key(secret: bytes) -> bytes:
    return from_base64(secret.decode("latin-1").strip())


def _typed(text: str) -> str:
    plain = html.unescape(_TAG.sub(" ", _MENTION.sub(" ", text)))
    return " ".join(plain.split())


SOURCE = Source(
    *("teams", "Microsoft Teams", verify, translate, key),
    answer=answer,
    heard=heard,
    answer_seconds=5,
    makes_secrets=False,
    secret_fault=secret_fault,
)
