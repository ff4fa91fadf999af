"""Gitea and Forgejo: webhooks of a repository, the same under two names."""

from workflows.hooks.reading.documents import posted_object, text_at
from workflows.hooks.reading.event_headers import named_type
from workflows.hooks.reading.tickets import numbered_subject, repository_link
from workflows.hooks.received import Event, Received
from workflows.hooks.signing.delivery_ids import digest_of, own_id
from workflows.hooks.signing.signatures import place_of_body_signer
from workflows.hooks.source import Secrets, Source


def verify(received: Received, secrets: Secrets) -> int:
    """Return the place of the secret; Forgejo sends both headers, of which either is enough."""
    maker = "Forgejo" if received.header("X-Forgejo-Signature") else "Gitea"
    return place_of_body_signer(received, secrets, f"X-{maker}-Signature")


def translate(received: Received) -> tuple[Event, ...]:
    kind = named_type(received, "X-Forgejo-Event", "X-Gitea-Event")
    document = posted_object(received)
    subject = numbered_subject(document, text_at(document, "repository", "full_name"))
    return (Event(kind, document, subject=subject, url=repository_link(document)),)


def key(received: Received, event: Event) -> str:
    del event
    own = own_id(received, "X-Forgejo-Delivery", "X-Gitea-Delivery")
    return own or digest_of(received, SOURCE.name)


SOURCE = Source("gitea", "Gitea or Forgejo", verify, translate, key)
