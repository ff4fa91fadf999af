"""Zammad: webhooks of triggers; the only ones here that are signed with SHA-1."""

from workflows.hooks.reading.documents import first_text, json_object
from workflows.hooks.reading.event_headers import named_type
from workflows.hooks.reading.tickets import first_link
from workflows.hooks.received import Event, Received
from workflows.hooks.signing.delivery_ids import digest_of, own_id
from workflows.hooks.signing.signatures import place_of_body_signer
from workflows.hooks.source import Secrets, Source


def verify(received: Received, secrets: Secrets) -> int:
    # Zammad knows nothing else, and an HMAC does not depend on what is broken in SHA-1.
    return place_of_body_signer(received, secrets, "X-Hub-Signature", "sha1=", algorithm="sha1")


def translate(received: Received) -> tuple[Event, ...]:
    """Return the event, called as the trigger is that sent it."""
    document = json_object(received.body)
    subject = first_text(document, [["ticket", "number"], ["ticket", "id"]])
    url = first_link(document, [["ticket", "url"], ["url"]])
    return (Event(named_type(received, "X-Zammad-Trigger"), document, subject=subject, url=url),)


def key(received: Received, event: Event) -> str:
    del event
    return own_id(received, "X-Zammad-Delivery") or digest_of(received, SOURCE.name)


SOURCE = Source("zammad", "Zammad", verify, translate, key, answer_seconds=30)
