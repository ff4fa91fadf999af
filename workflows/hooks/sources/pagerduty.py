"""PagerDuty: webhooks of version 3, with a signature for each secret that is good."""

from workflows.hooks.reading.documents import first_text, json_object, required_text, text_at
from workflows.hooks.reading.tickets import first_link
from workflows.hooks.received import Event, Received
from workflows.hooks.signing.delivery_ids import digest_of, plain_id
from workflows.hooks.signing.signatures import from_hex, marked, place_of_signer, signed_header
from workflows.hooks.source import Secrets, Source

SIGNATURE = "X-PagerDuty-Signature"
OVER = "incident.resolved"


def verify(received: Received, secrets: Secrets) -> int:
    signatures = signed_header(received, SIGNATURE).split(",")
    given = [from_hex(marked(each.strip(), "v1=")) for each in signatures]
    return place_of_signer(secrets, given, received.body, f"header {SIGNATURE}")


def translate(received: Received) -> tuple[Event, ...]:
    document = json_object(received.body)
    kind = required_text(document, "event", "event_type")
    subject = first_text(document, [["event", "data", "incident", "id"], ["event", "data", "id"]])
    name = plain_id(text_at(document, "event", "id"))
    url = first_link(
        document, [["event", "data", "incident", "html_url"], ["event", "data", "html_url"]]
    )
    return (Event(kind, document, id=name, subject=subject, is_over=kind == OVER, url=url),)


def key(received: Received, event: Event) -> str:
    return event.id or digest_of(received, SOURCE.name)


SOURCE = Source("pagerduty", "PagerDuty", verify, translate, key, makes_secrets=False)
