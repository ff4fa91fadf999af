"""Slack: slash commands, buttons, dialogues and the Events API, all signed alike."""

from collections.abc import Iterator
from typing import Any

from workflows.chat.answers import Asked, Button, Said, Way
from workflows.chat.plain import fenced, for_slack
from workflows.hooks.reading.documents import (
    first_text,
    form,
    json_object,
    required_text,
    text_at,
    whole_text,
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
PRESS = "block_actions"
DIALOGUE, OURS = "view_submission", "clusterwright"
"""A dialogue that was filled in, and the ``callback_id`` of one in which a command is typed."""
REPLY_TO = "response_url"
LONGEST = 3000
"""Signs of a section."""
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
    """Return the command, the press, the dialogue or the event, without what is secret of it."""
    if received.body.lstrip()[:1] == b"{":
        return (_of_events_api(_without_secrets(json_object(received.body))),)
    fields = form(received.body)
    if "payload" in fields:
        return (_of_interaction(json_object(fields["payload"])),)
    name, subject = plain_id(fields.get("trigger_id", "")), required_text(fields, "command")
    reply_to = text_at(fields, REPLY_TO)
    return (Event(COMMAND, _without_secrets(fields), name, subject, reply_to=reply_to),)


def key(received: Received, event: Event) -> str:
    return event.id or digest_of(received, SOURCE.name, TIMESTAMP)


def heard(event: Event) -> Asked | None:
    """Return a command, also one of a dialogue, or the press of a button.

    Who it is from are the team and the user.
    """
    if event.type == COMMAND:
        identity = _identity(text_at(event.data, "team_id"), text_at(event.data, "user_id"))
        text = whole_text(event.data, "text")
        return Asked(identity, text, channel=text_at(event.data, "channel_id"))
    person = _identity(text_at(event.data, "team", "id"), text_at(event.data, "user", "id"))
    if event.type == DIALOGUE and event.subject == OURS:
        typed = _typed(event.data)
        return None if typed is None else Asked(person, typed, in_dialogue=True)
    if event.type != PRESS:
        return None
    return Asked(
        person,
        pressed=text_at(_pressed(event.data), "value"),
        channel=text_at(event.data, "channel", "id"),
    )


def answer(said: Said, way: Way) -> Reply:
    """Tell whoever has asked, and everybody in the channel only where that is meant."""
    del way  # what is pressed comes to the address that Slack was told
    lines = [for_slack(said.text), said.link and for_slack(said.link)]
    text = "\n".join(filter(None, lines))
    if said.in_dialogue:
        return Reply({"response_action": "update", "view": _view(said, text)})
    body: dict[str, Any] = {
        "response_type": "in_channel" if said.for_all else "ephemeral",
        "text": text,
    }
    if said.drawing or said.buttons:
        body["blocks"] = list(_blocks(said, text))
    return Reply(body)


def _blocks(said: Said, text: str) -> Iterator[dict[str, Any]]:
    for part in filter(None, (text, said.drawing and fenced(for_slack(said.drawing)))):
        yield {"type": "section", "text": {"type": "mrkdwn", "text": _cut(part)}}
    if said.buttons:
        yield {"type": "actions", "elements": [button_form(one) for one in said.buttons]}


def _view(said: Said, text: str) -> dict[str, Any]:
    """Return what stands in the place of a dialogue that was filled in."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Clusterwright"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": list(_blocks(said, text)),
    }


def button_form(button: Button) -> dict[str, Any]:
    """Return a button as Slack has it; what it brings back says all."""
    style = {"approve": "primary", "retry": "primary", "rollback": "danger", "cancel": "danger"}
    told = {
        "type": "button",
        "action_id": button.verb,
        "text": {"type": "plain_text", "text": button.verb.capitalize()},
        "value": button.written,
    }
    return told | ({"style": style[button.verb]} if button.verb in style else {})


def _cut(text: str) -> str:
    """Return as much as a section takes; a fence that is open is closed."""
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 5] + ("\n```" if text.startswith("```") else "…")


def _typed(document: Any) -> str | None:
    """Return the one text of a dialogue; where it has several, which is meant is not guessed."""
    found: Any = document
    for name in ("view", "state", "values"):
        found = found.get(name) if isinstance(found, dict) else None
    blocks = found.values() if isinstance(found, dict) else ()
    fields = [field for block in blocks if isinstance(block, dict) for field in block.values()]
    texts = [
        field["value"]
        for field in fields
        if isinstance(field, dict) and isinstance(field.get("value"), str)
    ]
    return texts[0] if len(texts) == 1 else None


def _identity(team: str, user: str) -> str:
    return f"{team}:{user}"


def _of_events_api(document: dict[str, Any]) -> Event:
    kind = required_text(document, "event", "type")
    subject = first_text(document, [["event", "channel"], ["event", "user"]])
    return Event(kind, document, id=plain_id(text_at(document, "event_id")), subject=subject)


def _of_interaction(document: dict[str, Any]) -> Event:
    subject = text_at(_pressed(document), "action_id") or text_at(document, "view", "callback_id")
    name = plain_id(text_at(document, "trigger_id"))
    reply_to = text_at(document, REPLY_TO)
    data = _without_secrets(document)
    return Event(required_text(document, "type"), data, name, subject, reply_to=reply_to)


def _pressed(document: Any) -> Any:
    """Return what was pressed, or nothing."""
    actions = document.get("actions") if isinstance(document, dict) else None
    return actions[0] if isinstance(actions, list) and actions else None


def _without_secrets(document: dict[str, Any]) -> dict[str, Any]:
    # The token is deprecated and verifies nothing here; what is not kept cannot leak.
    secret = {"token", REPLY_TO, "response_urls"}
    return {name: value for name, value in document.items() if name not in secret}


SOURCE = Source(
    *("slack", "Slack", verify, translate, key, greet, answer, heard),
    answer_seconds=3,
    makes_secrets=False,
)
