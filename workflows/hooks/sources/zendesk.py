"""Zendesk: webhooks of events, and of triggers, whose document their author writes."""

from workflows.hooks.reading.documents import first_text, json_object
from workflows.hooks.reading.tickets import first_link
from workflows.hooks.received import Event, Received
from workflows.hooks.signing.delivery_ids import digest_of
from workflows.hooks.signing.signatures import from_base64, place_of_signer, signed_header
from workflows.hooks.signing.timestamps import fresh_timestamp
from workflows.hooks.source import Secrets, Source

SIGNATURE = "X-Zendesk-Webhook-Signature"
TIMESTAMP = "X-Zendesk-Webhook-Signature-Timestamp"
TRIGGER = "trigger"
"""What an event is called where its document does not say."""


def verify(received: Received, secrets: Secrets) -> int:
    timestamp = fresh_timestamp(received, TIMESTAMP)
    given = from_base64(signed_header(received, SIGNATURE))
    content = timestamp.encode() + received.body
    return place_of_signer(secrets, [given], content, f"header {SIGNATURE}")


def translate(received: Received) -> tuple[Event, ...]:
    document = json_object(received.body)
    kind = first_text(document, [["type"], ["event"]]) or TRIGGER
    subject = first_text(document, [["subject"], ["detail", "id"], ["ticket", "id"], ["ticket"]])
    url = first_link(document, [["url"], ["link"], ["ticket", "url"], ["ticket", "link"]])
    return (Event(kind, document, subject=subject, url=url),)


def key(received: Received, event: Event) -> str:
    del event
    return digest_of(received, SOURCE.name, TIMESTAMP)


SOURCE = Source(
    "zendesk", "Zendesk", verify, translate, key, answer_seconds=12, makes_secrets=False
)
