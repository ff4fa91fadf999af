"""GitLab: webhooks that show a token, or have a signature of Standard Webhooks."""

from workflows.hooks.reading.documents import first_text, json_object
from workflows.hooks.reading.event_headers import named_type
from workflows.hooks.reading.tickets import first_link, project_subject
from workflows.hooks.received import Event, Received
from workflows.hooks.signing.delivery_ids import digest_of, own_id, pair_id
from workflows.hooks.signing.standard_signature import ID, is_standard, place_of_standard_signer
from workflows.hooks.signing.tokens import place_of_token
from workflows.hooks.source import Secrets, Source

EVENT = "X-Gitlab-Event"


def verify(received: Received, secrets: Secrets) -> int:
    if is_standard(received):
        return place_of_standard_signer(received, secrets)
    return place_of_token(received, secrets, "X-Gitlab-Token")


def translate(received: Received) -> tuple[Event, ...]:
    """Return the event, called as its document calls it (``push``), else as the header does."""
    document = json_object(received.body)
    kind = first_text(document, [["object_kind"], ["event_name"]]) or named_type(received, EVENT)
    paths = [["project", "path_with_namespace"], ["group", "full_path"], ["path_with_namespace"]]
    subject = project_subject(document, first_text(document, paths))
    url = first_link(document, [["object_attributes", "url"], ["project", "web_url"]])
    return (Event(kind, document, subject=subject, url=url),)


def key(received: Received, event: Event) -> str:
    del event
    own = own_id(received, *([ID] if is_standard(received) else []), "Idempotency-Key")
    if own:
        return own
    digest = digest_of(received, SOURCE.name)
    chain = own_id(received, "X-Gitlab-Event-UUID")
    # Hooks that are fired by each other have one UUID: it alone does not tell them apart.
    return pair_id(chain, digest) if chain else digest


SOURCE = Source("gitlab", "GitLab", verify, translate, key)
