"""Alertmanager of Prometheus: it signs nothing, and shows a token or a password."""

from workflows.hooks.reading.alerts import alert_events
from workflows.hooks.received import Event, Received
from workflows.hooks.signing.delivery_ids import digest_of, plain_id
from workflows.hooks.signing.tokens import authorization, place_of_bearer, place_of_password
from workflows.hooks.source import Secrets, Source


def verify(received: Received, secrets: Secrets) -> int:
    if authorization(received, "Basic"):
        return place_of_password(received, secrets)
    return place_of_bearer(received, secrets)


def translate(received: Received) -> tuple[Event, ...]:
    return alert_events(received)


def key(received: Received, event: Event) -> str:
    return plain_id(event.id) or digest_of(received, SOURCE.name)


SOURCE = Source("alertmanager", "Alertmanager", verify, translate, key)
