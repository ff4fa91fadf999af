"""ServiceNow: outbound REST messages, whose document the rule's author writes."""

from workflows.hooks.reading.documents import first_text, json_object
from workflows.hooks.reading.tickets import first_link
from workflows.hooks.received import Event, Received
from workflows.hooks.signing.delivery_ids import digest_of, own_id
from workflows.hooks.signing.tokens import place_of_bearer
from workflows.hooks.source import Secrets, Source

RECORD = "record"
"""What an event is called where its document does not say."""


def verify(received: Received, secrets: Secrets) -> int:
    return place_of_bearer(received, secrets)


def translate(received: Received) -> tuple[Event, ...]:
    """Return what has happened, ``event`` or ``table``, to which ``number`` or ``sys_id``.

    ``url`` is where people look at it, if the author of the rule says so.
    """
    document = json_object(received.body)
    kind = first_text(document, [["event"], ["table"]]) or RECORD
    subject = first_text(document, [["number"], ["sys_id"]])
    url = first_link(document, [["url"], ["link"]])
    return (Event(kind, document, subject=subject, url=url),)


def key(received: Received, event: Event) -> str:
    del event
    return own_id(received, "Idempotency-Key") or digest_of(received, SOURCE.name)


SOURCE = Source("servicenow", "ServiceNow", verify, translate, key)
