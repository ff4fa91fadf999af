"""Discord: interactions, signed by a private key; the public one stands here as the secret."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from workflows.hooks.reading.documents import first_text, json_object, text_at
from workflows.hooks.received import Event, Received, Reply, Unreadable
from workflows.hooks.signing.delivery_ids import digest_of, plain_id
from workflows.hooks.signing.signatures import from_hex, place_of, signed_header
from workflows.hooks.signing.timestamps import fresh_timestamp
from workflows.hooks.source import Secrets, Source

SIGNATURE, TIMESTAMP = "X-Signature-Ed25519", "X-Signature-Timestamp"
PING, PONG = 1, 1
MESSAGE, ONLY_TO_THE_ASKER = 4, 64
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


def answer(text: str) -> Reply:
    """Tell whoever has asked, and nobody else; what others have written names nobody."""
    told = {
        "content": text[:LONGEST],
        "flags": ONLY_TO_THE_ASKER,
        "allowed_mentions": {"parse": []},
    }
    return Reply({"type": MESSAGE, "data": told})


def _is_of(public_key: bytes, signature: bytes, content: bytes) -> bool:
    raw_key = from_hex(public_key.decode("latin-1").strip())
    try:
        Ed25519PublicKey.from_public_bytes(raw_key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


SOURCE = Source(
    *("discord", "Discord", verify, translate, key, greet, answer),
    answer_seconds=3,
    makes_secrets=False,
)
