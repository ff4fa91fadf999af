"""Grafana's alerting: webhooks that are signed since version 12, or show a token."""

from workflows.hooks.reading.alerts import alert_events
from workflows.hooks.received import Event, Received
from workflows.hooks.signing.delivery_ids import digest_of, plain_id
from workflows.hooks.signing.signatures import from_hex, place_of_signer, signed_header
from workflows.hooks.signing.timestamps import fresh_timestamp
from workflows.hooks.signing.tokens import authorization, place_of_bearer, place_of_password
from workflows.hooks.source import Secrets, Source

SIGNATURE = "X-Grafana-Alerting-Signature"
TIMESTAMP = "X-Grafana-Alerting-Timestamp"
"""Grafana has no name of its own for it: whoever sets the webhook up enters this one there."""


def verify(received: Received, secrets: Secrets) -> int:
    """Return the place of the secret that was signed with, or is shown.

    A document that was signed with its timestamp is not to be had without: what was signed then
    does not begin as JSON does.
    """
    if received.header(SIGNATURE):
        return _place_of_signer(received, secrets)
    if authorization(received, "Basic"):
        return place_of_password(received, secrets)
    return place_of_bearer(received, secrets)


def translate(received: Received) -> tuple[Event, ...]:
    return alert_events(received)


def key(received: Received, event: Event) -> str:
    return plain_id(event.id) or digest_of(received, SOURCE.name)


def _place_of_signer(received: Received, secrets: Secrets) -> int:
    content = received.body
    if received.header(TIMESTAMP):
        content = fresh_timestamp(received, TIMESTAMP).encode() + b":" + content
    given = from_hex(signed_header(received, SIGNATURE))
    return place_of_signer(secrets, [given], content, f"header {SIGNATURE}")


SOURCE = Source("grafana", "Grafana", verify, translate, key)
