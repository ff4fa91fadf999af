"""Whoever signs as Standard Webhooks says, and wraps events as it advises."""

from workflows.hooks.reading.documents import json_object, required_text
from workflows.hooks.received import Event, Received
from workflows.hooks.signing.delivery_ids import digest_of, own_id
from workflows.hooks.signing.standard_signature import (
    ID,
    TIMESTAMP,
    place_of_standard_signer,
    standard_key,
)
from workflows.hooks.source import Secrets, Source


def verify(received: Received, secrets: Secrets) -> int:
    return place_of_standard_signer(received, secrets)


def secret_fault(secret: bytes) -> str:
    if standard_key(secret):
        return ""
    return (
        "cannot use this as a signing secret: it is no base64, with or without whsec_ before it; "
        "enter the one that the sender shows"
    )


def translate(received: Received) -> tuple[Event, ...]:
    document = json_object(received.body)
    return (Event(required_text(document, "type"), document),)


def key(received: Received, event: Event) -> str:
    del event
    return own_id(received, ID) or digest_of(received, SOURCE.name, TIMESTAMP)


SOURCE = Source(
    "standard-webhooks",
    "Standard Webhooks",
    verify,
    translate,
    key,
    answer_seconds=15,
    makes_secrets=False,
    secret_fault=secret_fault,
)
