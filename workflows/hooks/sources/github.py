"""GitHub: webhooks of a repository or an organization."""

from workflows.hooks.reading.documents import first_text, posted_object
from workflows.hooks.reading.event_headers import named_type
from workflows.hooks.reading.tickets import numbered_subject, repository_link
from workflows.hooks.received import Event, Received, Reply
from workflows.hooks.signing.delivery_ids import digest_of, own_id
from workflows.hooks.signing.signatures import place_of_body_signer
from workflows.hooks.source import Secrets, Source

EVENT, DELIVERY = "X-GitHub-Event", "X-GitHub-Delivery"


def verify(received: Received, secrets: Secrets) -> int:
    return place_of_body_signer(received, secrets, "X-Hub-Signature-256", "sha256=")


def greet(received: Received, secrets: Secrets) -> Reply | None:
    if received.header(EVENT) != "ping":
        return None
    verify(received, secrets)
    return Reply({"message": "pong"})


def translate(received: Received) -> tuple[Event, ...]:
    kind, document = named_type(received, EVENT), posted_object(received)
    name = first_text(document, [["repository", "full_name"], ["organization", "login"]])
    subject = numbered_subject(document, name)
    return (Event(kind, document, subject=subject, url=repository_link(document)),)


def key(received: Received, event: Event) -> str:
    del event
    return own_id(received, DELIVERY) or digest_of(received, SOURCE.name)


SOURCE = Source("github", "GitHub", verify, translate, key, greet)
