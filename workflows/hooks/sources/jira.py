"""Jira: webhooks of the administrator, which are signed, and Automation's, which show a token."""

from workflows.hooks.reading.documents import first_text, json_object
from workflows.hooks.reading.tickets import jira_link
from workflows.hooks.received import Event, Received
from workflows.hooks.signing.delivery_ids import digest_of, own_id
from workflows.hooks.signing.signatures import place_of_body_signer
from workflows.hooks.signing.tokens import place_of_bearer, place_of_token
from workflows.hooks.source import Secrets, Source

SIGNATURE = "X-Hub-Signature"
AUTOMATION = "automation"
"""What a rule's request is called where its document does not say."""


def verify(received: Received, secrets: Secrets) -> int:
    if received.header(SIGNATURE):
        return place_of_body_signer(received, secrets, SIGNATURE, "sha256=")
    if received.header("X-Api-Key"):
        return place_of_token(received, secrets, "X-Api-Key")
    return place_of_bearer(received, secrets)


def translate(received: Received) -> tuple[Event, ...]:
    document = json_object(received.body)
    kind = first_text(document, [["webhookEvent"], ["event"]]) or AUTOMATION
    subject = first_text(document, [["issue", "key"], ["key"], ["issue"]])
    return (Event(kind, document, subject=subject, url=jira_link(document, subject)),)


def key(received: Received, event: Event) -> str:
    del event
    own = own_id(received, "X-Atlassian-Webhook-Identifier", "Idempotency-Key")
    return own or digest_of(received, SOURCE.name)


SOURCE = Source("jira", "Jira", verify, translate, key)
