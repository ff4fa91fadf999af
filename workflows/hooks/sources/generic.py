"""Any program that signs its body, or shows a token, and sends a JSON object."""

from workflows.hooks.reading.documents import first_text, json_object, text_at
from workflows.hooks.received import Event, Received
from workflows.hooks.signing.delivery_ids import digest_of, own_id
from workflows.hooks.signing.signatures import place_of_body_signer
from workflows.hooks.signing.tokens import place_of_bearer
from workflows.hooks.source import Secrets, Source

SIGNATURE = "X-Signature"
EVENT = "event"
"""What an event is called where its document does not say."""


def verify(received: Received, secrets: Secrets) -> int:
    """Return the place of the secret of ``X-Signature: sha256=<hex>``, or of a bearer's token."""
    if received.header(SIGNATURE):
        return place_of_body_signer(received, secrets, SIGNATURE, "sha256=")
    return place_of_bearer(received, secrets)


def translate(received: Received) -> tuple[Event, ...]:
    document = json_object(received.body)
    kind = first_text(document, [["type"], ["event"]]) or EVENT
    return (Event(kind, document, subject=text_at(document, "subject")),)


def key(received: Received, event: Event) -> str:
    del event
    return own_id(received, "Idempotency-Key") or digest_of(received, SOURCE.name)


SOURCE = Source("generic", "Any program", verify, translate, key)
