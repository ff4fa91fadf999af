"""CloudEvents: from any program that sends them over HTTP and shows a token, or signs the body."""

from workflows.hooks.reading.cloud_events import cloud_events
from workflows.hooks.reading.documents import text_at
from workflows.hooks.received import Event, Received
from workflows.hooks.signing.delivery_ids import digest_of, pair_id
from workflows.hooks.signing.standard_signature import is_standard, place_of_standard_signer
from workflows.hooks.signing.tokens import place_of_bearer
from workflows.hooks.source import Secrets, Source


def verify(received: Received, secrets: Secrets) -> int:
    """Return the place of the secret of ``webhook-signature``, or of a bearer's token.

    A signature is of the body: in binary mode the headers ``ce-…`` are not under it.
    """
    if is_standard(received):
        return place_of_standard_signer(received, secrets)
    return place_of_bearer(received, secrets)


def translate(received: Received) -> tuple[Event, ...]:
    """Return the events; an id is the source's own, so that both together name an event."""
    return tuple(
        Event(
            text_at(event, "type"),
            event,
            id=pair_id(event["source"], event["id"]),
            subject=text_at(event, "subject") or text_at(event, "source"),
        )
        for event in cloud_events(received)
    )


def key(received: Received, event: Event) -> str:
    return event.id or digest_of(received, SOURCE.name)


SOURCE = Source("cloudevents", "CloudEvents", verify, translate, key, asks_consent=True)
