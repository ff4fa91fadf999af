"""Discord: interactions, signed by a private key; the public one stands here as the secret."""

from collections.abc import Sequence
from typing import Any

from workflows.chat.answers import Asked, Button, Said, Way
from workflows.chat.plain import fenced, for_markdown
from workflows.hooks.reading.documents import first_text, json_object, text_at, whole_text
from workflows.hooks.received import Event, Received, Reply, Unreadable
from workflows.hooks.signing.delivery_ids import digest_of, plain_id
from workflows.hooks.signing.signatures import from_hex, place_of, signed_header
from workflows.hooks.signing.timestamps import fresh_timestamp
from workflows.hooks.source import Secrets, Source

SIGNATURE, TIMESTAMP = "X-Signature-Ed25519", "X-Signature-Timestamp"
PING, PONG = 1, 1
MESSAGE, CHOICES, ONLY_TO_THE_ASKER = 4, 8, 64
KEY_BYTES = 32
"""Of a public key."""
ROW, BUTTON, STYLES = 1, 2, {"approve": 3, "retry": 1}
"""Numbers of Discord's: a row of components, a button, and how buttons look."""
MOST_BUTTONS, LONGEST_CHOICE = 5, 100
SERVERLESS = "dm"
"""Stands for the server where somebody writes to the application alone."""
LONGEST = 2000
"""Signs of a message that Discord takes."""
TYPES = {
    2: "application_command",
    3: "message_component",
    4: "application_command_autocomplete",
    5: "modal_submit",
}


def verify(received: Received, secrets: Secrets) -> int:
    timestamp = fresh_timestamp(received, TIMESTAMP)
    signature = from_hex(signed_header(received, SIGNATURE))
    content = timestamp.encode() + received.body
    return place_of(
        secrets, lambda secret: _is_of(secret, signature, content), f"header {SIGNATURE}"
    )


def secret_fault(secret: bytes) -> str:
    if len(from_hex(secret.decode("latin-1"))) == KEY_BYTES:
        return ""
    return (
        f"cannot use this as a public key: it has {2 * KEY_BYTES} hexadecimal digits; enter the "
        "Public Key of the application, from its General Information"
    )


def greet(received: Received, secrets: Secrets) -> Reply | None:
    """Answer a PING; Discord also sends badly signed ones, to see them refused."""
    verify(received, secrets)
    try:
        kind = json_object(received.body).get("type")
    except Unreadable:
        return None
    return Reply({"type": PONG}) if kind == PING else None


def translate(received: Received) -> tuple[Event, ...]:
    """Return the interaction; who asks is ``member.user.id``, or ``user.id`` outside a server."""
    document = json_object(received.body)
    kind = document.get("type")
    if not isinstance(kind, int) or kind not in TYPES:
        raise Unreadable(
            f"cannot read the interaction: its type is none of {sorted(TYPES)}; send the sender's "
            "own document"
        )
    subject = first_text(document, [["data", "name"], ["data", "custom_id"]])
    name = plain_id(text_at(document, "id"))
    return (Event(TYPES[kind], document, id=name, subject=subject),)


def key(received: Received, event: Event) -> str:
    return event.id or digest_of(received, SOURCE.name, TIMESTAMP)


def heard(event: Event) -> Asked | None:
    """Return a command's first text, or a press; who it is from are the server and the user."""
    data = event.data
    user = first_text(data, [["member", "user", "id"], ["user", "id"]])
    identity = f"{text_at(data, 'guild_id') or SERVERLESS}:{user}"
    channel = text_at(data, "channel_id")
    if event.type == TYPES[3]:
        return Asked(identity, pressed=text_at(data, "data", "custom_id"), channel=channel)
    if event.type not in {TYPES[2], TYPES[4]}:
        return None
    return Asked(identity, _typed(data), channel=channel, is_completing=event.type == TYPES[4])


def answer(said: Said, way: Way) -> Reply:
    """Tell whoever has asked, and everybody only where that is meant; nobody is mentioned."""
    del way  # what is pressed comes to the address that Discord was told
    if said.choices is not None:
        choices = [one for one in said.choices if len(one) <= LONGEST_CHOICE]
        found = [{"name": one, "value": one} for one in choices]
        return Reply({"type": CHOICES, "data": {"choices": found}})
    told: dict[str, Any] = {"content": _content(said), "allowed_mentions": {"parse": []}}
    if not said.for_all:
        told["flags"] = ONLY_TO_THE_ASKER
    if said.buttons:
        told["components"] = rows(said.buttons)
    return Reply({"type": MESSAGE, "data": told})


def _content(said: Said) -> str:
    """Return the text, the drawing as far as there is room, and the address."""
    text, link = for_markdown(said.text), said.link and f"\n{said.link}"
    room = LONGEST - len(text) - len(link) - len(fenced("")) - 1
    drawing = said.drawing[: max(room, 0)]
    shown = "\n".join(filter(None, (text, drawing and fenced(drawing))))
    return shown[: LONGEST - len(link)] + link


def rows(buttons: Sequence[Button]) -> list[dict[str, Any]]:
    """Return buttons as the one row that Discord shows them in; an empty list takes them away."""
    shown = [button_form(one) for one in buttons[:MOST_BUTTONS]]
    return [{"type": ROW, "components": shown}] if shown else []


def button_form(button: Button) -> dict[str, Any]:
    """Return a button as Discord has it; what it brings back says all."""
    return {
        "type": BUTTON,
        "style": STYLES.get(button.verb, 4),
        "label": button.verb.capitalize(),
        "custom_id": button.written,
    }


def _typed(document: Any) -> str:
    """Return the first option of a command that is a text."""
    data = document.get("data") if isinstance(document, dict) else None
    options = data.get("options") if isinstance(data, dict) else None
    given = options if isinstance(options, list) else []
    return next((text for row in given if (text := whole_text(row, "value"))), "")


def _is_of(public_key: bytes, signature: bytes, content: bytes) -> bool:
    # Imported by who has Discord's application only: it takes some MiB.
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw_key = from_hex(public_key.decode("latin-1").strip())
    try:
        Ed25519PublicKey.from_public_bytes(raw_key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


SOURCE = Source(
    *("discord", "Discord", verify, translate, key, greet, answer, heard),
    answer_seconds=3,
    makes_secrets=False,
    secret_fault=secret_fault,
)
